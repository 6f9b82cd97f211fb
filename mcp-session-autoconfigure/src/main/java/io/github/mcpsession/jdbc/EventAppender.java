package io.github.mcpsession.jdbc;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

import io.github.mcpsession.stream.StreamLimits;

import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;

/**
 * Appends events to the log of a session and drops the oldest that are over a limit then.
 * Events of a session are numbered, and know how many bytes there are before them, so
 * that nothing needs to be counted. Thread-safe; for use within a transaction that has
 * locked the session.
 */
final class EventAppender {

	private static final int BATCH = 100;

	private static final String APPEND = """
			INSERT INTO {EVENT}
			(NAMESPACE, SESSION_ID, STREAM, POSITION, SEQ, BYTES_BEFORE, BYTES_AFTER, EXPIRES_AT, MESSAGE)
			VALUES (:namespace, :session, :stream, :position, :seq, :before, :after, {NOW} + :retention, :message)
			""";

	private static final String OLDEST = """
			SELECT SEQ, BYTES_BEFORE FROM {EVENT} WHERE NAMESPACE = :namespace AND SESSION_ID = :session
			ORDER BY SEQ LIMIT :limit
			""";

	private static final String DROP = """
			DELETE FROM {EVENT} WHERE NAMESPACE = :namespace AND SESSION_ID = :session AND SEQ IN (:numbers)
			""";

	private final JdbcDatabase database;

	private final String namespace;

	private final StreamLimits limits;

	EventAppender(JdbcDatabase database, String namespace, StreamLimits limits) {
		this.database = database;
		this.namespace = namespace;
		this.limits = limits;
	}

	/**
	 * Append an event, unless it is too large.
	 * @return how many were dropped, this one included
	 */
	int append(String sessionId, String stream, long position, String message, Bounds bounds) {
		if (!this.limits.allows(message)) {
			return 1;
		}
		long number = bounds.newest() + 1;
		long total = bounds.bytesAfter() + message.getBytes(StandardCharsets.UTF_8).length;
		about(sessionId, APPEND).param("stream", stream)
			.param("position", position)
			.param("seq", number)
			.param("before", bounds.bytesAfter())
			.param("after", total)
			.param("retention", this.limits.retention().toMillis())
			.param("message", message)
			.update();
		return (bounds.oldest() != 0 && isOverLimit(number - bounds.oldest() + 1, total - bounds.bytesBefore()))
				? drop(sessionId, number, total) : 0;
	}

	private boolean isOverLimit(long events, long bytes) {
		return events > this.limits.maxEvents() || bytes > this.limits.maxBytes();
	}

	private int drop(String sessionId, long newest, long total) {
		record Event(long number, long bytesBefore) {
		}
		int dropped = 0;
		List<Long> over;
		do {
			over = about(sessionId, OLDEST).param("limit", BATCH)
				.query((row, number) -> new Event(row.getLong("SEQ"), row.getLong("BYTES_BEFORE")))
				.list()
				.stream()
				.filter((event) -> isOverLimit(newest - event.number() + 1, total - event.bytesBefore()))
				.map(Event::number)
				.toList();
			if (!over.isEmpty()) {
				about(sessionId, DROP).param("numbers", over).update();
				dropped += over.size();
			}
		}
		while (over.size() == BATCH);
		return dropped;
	}

	private StatementSpec about(String sessionId, String statement) {
		return this.database.sql(statement).param("namespace", this.namespace).param("session", sessionId);
	}

	/**
	 * The newest and the oldest event of a session.
	 *
	 * @param newest the number of the newest, 0 if there is none
	 * @param bytesAfter how many bytes there were up to its end
	 * @param oldest the number of the oldest, 0 if there is none
	 * @param bytesBefore how many bytes there were up to its beginning
	 */
	record Bounds(long newest, long bytesAfter, long oldest, long bytesBefore) {

		static Bounds read(ResultSet row) throws SQLException {
			return new Bounds(row.getLong("NEWEST"), row.getLong("BYTES_AFTER"), row.getLong("OLDEST"),
					row.getLong("BYTES_BEFORE"));
		}

	}

}
