package io.github.mcpsession.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.github.mcpsession.ExpiryCleaner;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;

/**
 * An {@link EventLog} on two tables of a relational database: one of streams, one of
 * their events.
 * <p>
 * Whoever changes streams of a session locks the row of the session first, in a short
 * transaction. So the changes to one session come one after the other, none is made for a
 * session that is gone, and no two transactions wait for each other crosswise, whatever
 * the database locks besides. A session is busy on few nodes at once, and reading it does
 * not wait. Since the lock is the one that a foreign key would take, foreign keys cost
 * nothing more, and see to it that a session takes its streams along, by whatever way it
 * is deleted.
 * <p>
 * Thread-safe.
 *
 * @see JdbcSessionStore
 */
public final class JdbcEventLog implements EventLog, ExpiryCleaner {

	private static final int MAX_DROPPED = 1000;

	private static final String LOCK = """
			SELECT VERSION FROM {SESSION}
			WHERE NAMESPACE = :namespace AND SESSION_ID = :session AND EXPIRES_AT > {NOW} FOR UPDATE
			""";

	private static final String LOOK = """
			SELECT S.STREAM, CASE WHEN S.EXPIRES_AT <= {NOW} THEN 1 ELSE 0 END AS EXPIRED,
			S.OWNER, S.REQUEST_ID, S.LAST_POSITION, S.COMPLETE, S.READER, S.DELIVERED, S.ANNOUNCED,
			N.SEQ AS NEWEST, N.EVENTS_KEPT, N.BYTES_KEPT,
			CASE WHEN S.STREAM IS NULL THEN (
				SELECT COUNT(OWNER) FROM {STREAM} WHERE NAMESPACE = :namespace AND SESSION_ID = :session
			) ELSE 0 END AS CALLS
			FROM {SESSION} X
			LEFT JOIN {STREAM} S ON S.NAMESPACE = X.NAMESPACE AND S.SESSION_ID = X.SESSION_ID AND S.STREAM = :stream
			LEFT JOIN {EVENT} N ON N.NAMESPACE = X.NAMESPACE AND N.SESSION_ID = X.SESSION_ID AND N.SEQ = (
				SELECT MAX(SEQ) FROM {EVENT} WHERE NAMESPACE = :namespace AND SESSION_ID = :session)
			WHERE X.NAMESPACE = :namespace AND X.SESSION_ID = :session
			""";

	private static final String OF_LIVE_STREAM = """
			FROM {SESSION} X JOIN {STREAM} S
			ON S.NAMESPACE = X.NAMESPACE AND S.SESSION_ID = X.SESSION_ID AND S.STREAM = :stream
			WHERE X.NAMESPACE = :namespace AND X.SESSION_ID = :session AND X.EXPIRES_AT > {NOW}
			AND (S.EXPIRES_AT IS NULL OR S.EXPIRES_AT > {NOW})
			""";

	private static final String STATE = """
			SELECT S.OWNER, S.REQUEST_ID, S.LAST_POSITION, S.COMPLETE, S.READER, S.DELIVERED, S.ANNOUNCED
			""" + OF_LIVE_STREAM;

	/**
	 * One statement, so that the state and the events are as of one moment.
	 */
	private static final String READ = """
			(SELECT S.OWNER, S.REQUEST_ID, S.LAST_POSITION, S.COMPLETE, S.READER, S.DELIVERED, S.ANNOUNCED,
				0 AS POSITION, NULL AS MESSAGE
			""" + OF_LIVE_STREAM + """
			) UNION ALL (SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, POSITION, MESSAGE FROM {EVENT}
			WHERE NAMESPACE = :namespace AND SESSION_ID = :session AND STREAM = :stream
			AND POSITION > :after AND EXPIRES_AT > {NOW} ORDER BY POSITION LIMIT :limit)
			""";

	private static final String BEGIN = """
			INSERT INTO {STREAM}
			(NAMESPACE, SESSION_ID, STREAM, OWNER, REQUEST_ID, LAST_POSITION, COMPLETE, READER, DELIVERED, ANNOUNCED,
			EXPIRES_AT) VALUES (:namespace, :session, :stream, :owner, :requestId, :last, :complete, :reader, :delivered,
			:announced, {NOW} + :retention)
			""";

	private static final String UPDATE = """
			UPDATE {STREAM} SET LAST_POSITION = :last, COMPLETE = :complete, READER = :reader,
			DELIVERED = :delivered, ANNOUNCED = :announced, EXPIRES_AT = {NOW} + :retention
			WHERE NAMESPACE = :namespace AND SESSION_ID = :session AND STREAM = :stream
			""";

	private static final String DELETE_STREAM = """
			DELETE FROM {STREAM} WHERE NAMESPACE = :namespace AND SESSION_ID = :session AND STREAM = :stream
			""";

	private static final String OLDEST_CALLS = """
			SELECT STREAM FROM {STREAM} WHERE NAMESPACE = :namespace AND SESSION_ID = :session AND OWNER IS NOT NULL
			ORDER BY COMPLETE DESC, EXPIRES_AT LIMIT :limit
			""";

	private static final String DROP_CALLS = """
			DELETE FROM {STREAM} WHERE NAMESPACE = :namespace AND SESSION_ID = :session AND STREAM IN (:streams)
			""";

	private final JdbcDatabase database;

	private final String namespace;

	private final StreamLimits limits;

	private final EventAppender appender;

	private final ExpiredEventCleaner cleaner;

	private final JdbcAnnouncements announcements;

	/**
	 * Create a log.
	 * @param dataSource the database
	 * @param tablePrefix what the names of the tables begin with: letters, digits and '_'
	 * only
	 * @param namespace what tells the sessions of this application from those of others
	 * @param statementTimeout how long a statement may take
	 * @param limits how much to keep
	 * @throws UnsupportedDatabaseException if the database is of another kind
	 * @throws MissingTableException if a table does not exist
	 */
	public JdbcEventLog(DataSource dataSource, String tablePrefix, String namespace, Duration statementTimeout,
			StreamLimits limits) {
		this.database = new JdbcDatabase(dataSource, tablePrefix, statementTimeout, "SESSION", "STREAM", "EVENT",
				"ANNOUNCEMENT");
		this.namespace = namespace;
		this.limits = limits;
		this.appender = new EventAppender(this.database, namespace, limits);
		this.cleaner = new ExpiredEventCleaner(this.database);
		this.announcements = new JdbcAnnouncements(this.database, namespace);
	}

	@Override
	public WriteResult write(String sessionId, StreamWrite write) {
		return change(sessionId, write.stream(), WriteResult.GONE, (found) -> {
			StreamState before = found.stateOr(StreamState.begin(write.owner(), write.requestId()));
			StreamState after = before.after(write).orElse(null);
			if (after == null) {
				return new WriteResult(false, before.last(), before.reader());
			}
			if (after.owner() != null && found.calls() >= this.limits.maxEvents()) {
				dropCalls(sessionId, found.calls());
			}
			put(sessionId, write.stream(), found, after);
			int dropped = (write.message() != null)
					? this.appender.append(sessionId, write, after.last(), found.newest()) : 0;
			return new WriteResult(true, after.last(), after.reader(), dropped);
		});
	}

	@Override
	public Optional<Replay> read(String sessionId, String stream, long after, int limit) {
		record Row(long position, @Nullable StreamState state, String message) {
		}
		if (limit == 0) {
			return this.database.read(() -> about(sessionId, stream, STATE).query((row, number) -> state(row)).list())
				.stream()
				.findFirst()
				.map((state) -> new Replay(state, List.of()));
		}
		List<Row> rows = this.database.read(() -> about(sessionId, stream, READ).param("after", after)
			.param("limit", limit)
			.query((row, number) -> {
				long position = row.getLong("POSITION");
				return new Row(position, (position == 0) ? state(row) : null, row.getString("MESSAGE"));
			})
			.list());
		List<LoggedEvent> events = rows.stream()
			.filter((row) -> row.position() != 0)
			.map((row) -> new LoggedEvent(row.position(), row.message()))
			.sorted(Comparator.comparingLong(LoggedEvent::position))
			.toList();
		return rows.stream()
			.flatMap((row) -> Stream.ofNullable(row.state()))
			.findFirst()
			.map((state) -> new Replay(state, events));
	}

	@Override
	public Optional<StreamState> setReader(String sessionId, String stream, @Nullable String reader) {
		return change(sessionId, stream, Optional.empty(), (found) -> {
			Optional<StreamState> state = Optional.ofNullable(found.state());
			state.ifPresent((before) -> put(sessionId, stream, found, before.withReader(reader)));
			return state;
		});
	}

	@Override
	public void delivered(String sessionId, String stream, long position, long announced) {
		change(sessionId, stream, false, (found) -> {
			StreamState before = found.stateOr(StreamState.begin(null, null));
			put(sessionId, stream, found, before.withDelivered(position, announced));
			return true;
		});
	}

	@Override
	public long announce(String topic, String message) {
		return this.announcements.announce(topic, message);
	}

	@Override
	public List<Announcement> announcementsAfter(long number) {
		return this.announcements.after(number);
	}

	/**
	 * Of all namespaces, since an application may be gone for good.
	 */
	@Override
	public int deleteExpired(int limit) {
		int deleted = this.cleaner.deleteExpired(limit);
		return (deleted < limit) ? deleted + this.announcements.deleteExpired(limit - deleted) : deleted;
	}

	/**
	 * Of all that are known some more than is needed, for the next calls not to need
	 * this.
	 */
	private void dropCalls(String sessionId, int known) {
		int max = this.limits.maxEvents();
		int tooMany = Math.min(known - max + 1 + max / 10, MAX_DROPPED);
		List<String> oldest = about(sessionId, OLDEST_CALLS).param("limit", tooMany).query(String.class).list();
		about(sessionId, DROP_CALLS).param("streams", oldest).update();
	}

	private <T> T change(String sessionId, String stream, T ifGone, Function<Found, T> change) {
		return this.database.change(() -> {
			// in a statement of its own, for the next to see what was done before
			if (about(sessionId, LOCK).query(Long.class).list().isEmpty()) {
				return ifGone;
			}
			return change.apply(about(sessionId, stream, LOOK).query(Found::read).single());
		});
	}

	private void put(String sessionId, String stream, Found found, StreamState state) {
		if (found.isExpired()) {
			about(sessionId, stream, DELETE_STREAM).update();
		}
		boolean begins = found.state() == null;
		StatementSpec statement = about(sessionId, stream, begins ? BEGIN : UPDATE);
		if (begins) {
			statement.param("owner", state.owner()).param("requestId", state.requestId());
		}
		statement.param("last", state.last())
			.param("complete", state.complete())
			.param("reader", state.reader())
			.param("delivered", state.delivered())
			.param("announced", state.announced())
			.param("retention", (state.owner() != null) ? this.limits.retention(state).toMillis() : null)
			.update();
	}

	private StatementSpec about(String sessionId, String statement) {
		return this.database.sql(statement).param("namespace", this.namespace).param("session", sessionId);
	}

	private StatementSpec about(String sessionId, String stream, String statement) {
		return about(sessionId, statement).param("stream", stream);
	}

	private static StreamState state(ResultSet row) throws SQLException {
		return new StreamState(row.getString("OWNER"), row.getString("REQUEST_ID"), row.getLong("LAST_POSITION"),
				row.getBoolean("COMPLETE"), row.getString("READER"), row.getLong("DELIVERED"),
				row.getLong("ANNOUNCED"));
	}

	/**
	 * What is there before a change.
	 *
	 * @param state the state of the stream, {@code null} if there is none
	 * @param isExpired whether there is one that has expired
	 * @param newest the newest event of the session
	 * @param calls of how many calls there is the state, 0 if the stream is there
	 */
	private record Found(@Nullable StreamState state, boolean isExpired, EventAppender.Newest newest, int calls) {

		static Found read(ResultSet row, int number) throws SQLException {
			boolean isExpired = row.getBoolean("EXPIRED");
			boolean isThere = row.getString("STREAM") != null && !isExpired;
			return new Found(isThere ? JdbcEventLog.state(row) : null, isExpired, EventAppender.Newest.read(row),
					row.getInt("CALLS"));
		}

		StreamState stateOr(StreamState ifUnknown) {
			return (this.state != null) ? this.state : ifUnknown;
		}

	}

}
