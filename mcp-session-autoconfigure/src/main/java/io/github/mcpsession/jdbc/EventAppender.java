package io.github.mcpsession.jdbc;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamWrite;

import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;

/**
 * Appends events to the log of a session and drops what is over a limit then. Each event
 * knows how many there are at most with it, and of how many bytes: only when that is too
 * much they are counted, and if there are many, somewhat more of them dropped than
 * needed, for the next writes not to count again. Thread-safe; for use within a
 * transaction that has locked the session.
 */
final class EventAppender {

	private static final int BATCH = 500;

	/**
	 * From how many events on more are dropped than needed, and which part of them.
	 */
	private static final int MANY = 200;

	private static final int SLACK = 20;

	private static final String APPEND = """
			INSERT INTO {EVENT} (NAMESPACE, SESSION_ID, STREAM, POSITION, SEQ, BYTES, EVENTS_KEPT, BYTES_KEPT,
			RESPONSE, EXPIRES_AT, MESSAGE) VALUES (:namespace, :session, :stream, :position, :seq, :bytes,
			:events, :total, :response, {NOW} + :retention, :message)
			""";

	/**
	 * Those that nobody can or will read have rank 0.
	 */
	private static final String KEPT = """
			SELECT E.SEQ, E.BYTES, CASE WHEN E.EXPIRES_AT <= {NOW} OR S.EXPIRES_AT <= {NOW}
			OR (S.OWNER IS NOT NULL AND S.COMPLETE AND S.DELIVERED >= S.LAST_POSITION) THEN 0
			WHEN E.RESPONSE THEN 2 ELSE 1 END AS DROP_RANK
			FROM {EVENT} E JOIN {STREAM} S
			ON S.NAMESPACE = E.NAMESPACE AND S.SESSION_ID = E.SESSION_ID AND S.STREAM = E.STREAM
			WHERE E.NAMESPACE = :namespace AND E.SESSION_ID = :session
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
	 * Append an event, unless it is too large, or has to make room for others.
	 * @param sessionId the session id
	 * @param write what is written, with a message
	 * @param position the position of the message
	 * @param newest the newest event of the session before
	 * @return how many were dropped that could have been of use, this one included
	 */
	int append(String sessionId, StreamWrite write, long position, Newest newest) {
		String message = write.message();
		if (message == null || !this.limits.allows(message)) {
			return 1;
		}
		Event event = new Event(newest.number() + 1, message.getBytes(StandardCharsets.UTF_8).length,
				write.complete() ? Event.RESPONSE : Event.NOTIFICATION);
		Room room = new Room(newest.events() + 1, newest.bytes() + event.bytes(), List.of());
		if (isOverLimit(room.events(), room.bytes())) {
			room = makeRoom(sessionId, event);
		}
		if (!room.dropped().contains(event)) {
			about(sessionId, APPEND).param("stream", write.stream())
				.param("position", position)
				.param("seq", event.number())
				.param("bytes", event.bytes())
				.param("events", room.events())
				.param("total", room.bytes())
				.param("response", write.complete())
				.param("retention", this.limits.retention().toMillis())
				.param("message", message)
				.update();
		}
		return (int) room.dropped().stream().filter((dropped) -> dropped.rank() != Event.USELESS).count();
	}

	private boolean isOverLimit(long events, long bytes) {
		return events > this.limits.maxEvents() || bytes > this.limits.maxBytes();
	}

	private Room makeRoom(String sessionId, Event added) {
		List<Event> events = new ArrayList<>(about(sessionId, KEPT).query(Event::read).list());
		events.add(added);
		events.sort(Comparator.comparingInt(Event::rank).thenComparingLong(Event::number));
		long count = events.size();
		long bytes = events.stream().mapToLong(Event::bytes).sum();
		if (!isOverLimit(count, bytes)) {
			return new Room(count, bytes, List.of());
		}
		List<Event> dropped = new ArrayList<>();
		long spareEvents = (count >= MANY) ? this.limits.maxEvents() / SLACK : 0;
		long spareBytes = (count >= MANY) ? this.limits.maxBytes() / SLACK : 0;
		for (Event event : events) {
			if (!isOverLimit(count + spareEvents, bytes + spareBytes)) {
				break;
			}
			dropped.add(event);
			count--;
			bytes -= event.bytes();
		}
		List<Long> numbers = dropped.stream().filter((event) -> event != added).map(Event::number).toList();
		for (int i = 0; i < numbers.size(); i += BATCH) {
			about(sessionId, DROP).param("numbers", numbers.subList(i, Math.min(numbers.size(), i + BATCH))).update();
		}
		return new Room(count, bytes, dropped);
	}

	private StatementSpec about(String sessionId, String statement) {
		return this.database.sql(statement).param("namespace", this.namespace).param("session", sessionId);
	}

	/**
	 * The newest event of a session.
	 *
	 * @param number its number, 0 if there is none
	 * @param events how many events there are at most
	 * @param bytes how many bytes their messages have at most
	 */
	record Newest(long number, long events, long bytes) {

		static Newest read(ResultSet row) throws SQLException {
			return new Newest(row.getLong("NEWEST"), row.getLong("EVENTS_KEPT"), row.getLong("BYTES_KEPT"));
		}

	}

	/**
	 * What there is with a further event.
	 *
	 * @param events how many events
	 * @param bytes how many bytes
	 * @param dropped what was dropped for it
	 */
	private record Room(long events, long bytes, List<Event> dropped) {
	}

	/**
	 * An event.
	 *
	 * @param number its number in the session
	 * @param bytes the length of its message
	 * @param rank the lower, the earlier it is dropped
	 */
	private record Event(long number, long bytes, int rank) {

		private static final int USELESS = 0;

		private static final int NOTIFICATION = 1;

		private static final int RESPONSE = 2;

		static Event read(ResultSet row, int index) throws SQLException {
			return new Event(row.getLong("SEQ"), row.getLong("BYTES"), row.getInt("DROP_RANK"));
		}

	}

}
