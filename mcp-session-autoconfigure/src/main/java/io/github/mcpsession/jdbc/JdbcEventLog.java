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

	private final JdbcDatabase database;

	private final JdbcEventSql sql;

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
		this.database = new JdbcDatabase(dataSource, tablePrefix, statementTimeout, JdbcSessionStore.TABLE,
				JdbcEventSql.STREAM, JdbcEventSql.EVENT, JdbcAnnouncementSql.ANNOUNCEMENT);
		this.sql = JdbcEventSql.of(this.database);
		this.namespace = namespace;
		this.limits = limits;
		this.appender = new EventAppender(this.database, this.sql, namespace, limits);
		this.cleaner = new ExpiredEventCleaner(this.database, this.sql);
		this.announcements = new JdbcAnnouncements(this.database, namespace);
	}

	@Override
	public WriteResult write(String session, StreamWrite write) {
		return change(session, write.stream(), WriteResult.GONE, (found) -> {
			StreamState before = found.stateOr(StreamState.begin(write.owner(), write.requestId()));
			StreamState after = before.after(write).orElse(null);
			if (after == null) {
				return new WriteResult(false, before.last(), before.reader());
			}
			if (after.owner() != null && found.calls() >= this.limits.maxEvents()) {
				dropCalls(session, found.calls());
			}
			put(session, write.stream(), found, after);
			int dropped = (write.message() != null)
					? this.appender.append(session, write.stream(), after.last(), write.message(), found.bounds()) : 0;
			return new WriteResult(true, after.last(), after.reader(), dropped);
		});
	}

	@Override
	public Optional<Replay> read(String session, String stream, long after, int limit) {
		record Row(long position, @Nullable StreamState state, String message) {
		}
		if (limit == 0) {
			return this.database
				.read(() -> about(session, stream, this.sql.state()).query((row, number) -> state(row)).list())
				.stream()
				.findFirst()
				.map((state) -> new Replay(state, List.of()));
		}
		List<Row> rows = this.database.read(() -> about(session, stream, this.sql.read()).param("after", after)
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
	public Optional<StreamState> setReader(String session, String stream, @Nullable String reader) {
		return change(session, stream, Optional.empty(), (found) -> {
			Optional<StreamState> state = Optional.ofNullable(found.state());
			state.ifPresent((before) -> put(session, stream, found, before.withReader(reader)));
			return state;
		});
	}

	@Override
	public void delivered(String session, String stream, long position, long announced) {
		change(session, stream, false, (found) -> {
			StreamState before = found.stateOr(StreamState.begin(null, null));
			put(session, stream, found, before.withDelivered(position, announced));
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
	private void dropCalls(String session, int known) {
		int max = this.limits.maxEvents();
		int tooMany = Math.min(known - max + 1 + max / 10, MAX_DROPPED);
		List<String> oldest = about(session, this.sql.oldestCalls()).param("limit", tooMany).query(String.class).list();
		about(session, this.sql.dropCalls()).param("streams", oldest).update();
	}

	private <T> T change(String session, String stream, T ifGone, Function<Found, T> change) {
		return this.database.change(() -> {
			// in a statement of its own, for the next to see what was done before
			if (!isLocked(session, this.sql.lockLive())) {
				return ifGone;
			}
			return change.apply(about(session, stream, this.sql.look()).query(Found::read).single());
		});
	}

	private boolean isLocked(String session, String lock) {
		return !about(session, lock).query(Long.class).list().isEmpty();
	}

	private void put(String session, String stream, Found found, StreamState state) {
		if (found.isExpired()) {
			about(session, stream, this.sql.deleteStream()).update();
		}
		boolean begins = found.state() == null;
		StatementSpec statement = about(session, stream, begins ? this.sql.begin() : this.sql.update());
		if (begins) {
			statement.param("owner", state.owner()).param("requestId", state.requestId());
		}
		statement.param("last", state.last())
			.param("complete", state.complete())
			.param("reader", state.reader())
			.param("delivered", state.delivered())
			.param("announced", state.announced())
			.param("retention", (state.owner() != null) ? this.limits.retention().toMillis() : null)
			.update();
	}

	private StatementSpec about(String session, String statement) {
		return this.database.statement(statement).param("namespace", this.namespace).param("session", session);
	}

	private StatementSpec about(String session, String stream, String statement) {
		return about(session, statement).param("stream", stream);
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
	 * @param bounds the events of the session
	 * @param calls of how many calls there is the state, 0 if the stream is there
	 */
	private record Found(@Nullable StreamState state, boolean isExpired, EventAppender.Bounds bounds, int calls) {

		static Found read(ResultSet row, int number) throws SQLException {
			boolean isExpired = row.getBoolean("EXPIRED");
			boolean isThere = row.getString("STREAM") != null && !isExpired;
			return new Found(isThere ? JdbcEventLog.state(row) : null, isExpired, EventAppender.Bounds.read(row),
					row.getInt("CALLS"));
		}

		StreamState stateOr(StreamState ifUnknown) {
			return (this.state != null) ? this.state : ifUnknown;
		}

	}

}
