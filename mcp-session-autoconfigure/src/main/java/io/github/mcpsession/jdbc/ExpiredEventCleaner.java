package io.github.mcpsession.jdbc;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Deletes events and states of streams that are too old, of all namespaces, since an
 * application may be gone for good. Session by session, whose row it locks as
 * {@link JdbcEventLog} does, so that two nodes that clean up at once wait for each other
 * for a moment only. Thread-safe.
 */
final class ExpiredEventCleaner {

	private static final String LOCK = """
			SELECT VERSION FROM {SESSION} WHERE NAMESPACE = :namespace AND SESSION_ID = :session FOR UPDATE
			""";

	private static final String FIND_EVENTS = """
			SELECT NAMESPACE, SESSION_ID, SEQ FROM {EVENT} WHERE EXPIRES_AT <= {FIXED_NOW}
			ORDER BY EXPIRES_AT LIMIT :limit
			""";

	private static final String DELETE_EVENTS = """
			DELETE FROM {EVENT} WHERE NAMESPACE = :namespace AND SESSION_ID = :session
			AND SEQ IN (:numbers) AND EXPIRES_AT <= {NOW}
			""";

	private static final String FIND_STREAMS = """
			SELECT NAMESPACE, SESSION_ID, STREAM FROM {STREAM} WHERE EXPIRES_AT <= {FIXED_NOW}
			ORDER BY EXPIRES_AT LIMIT :limit
			""";

	private static final String DELETE_STREAM = """
			DELETE FROM {STREAM} WHERE NAMESPACE = :namespace AND SESSION_ID = :session
			AND STREAM = :stream AND EXPIRES_AT <= {NOW}
			""";

	private final JdbcDatabase database;

	ExpiredEventCleaner(JdbcDatabase database) {
		this.database = database;
	}

	int deleteExpired(int limit) {
		int events = deleteEvents(limit);
		return (events < limit) ? events + deleteStreams(limit - events) : events;
	}

	private int deleteEvents(int limit) {
		record Event(Session session, long number) {
		}
		List<Event> expired = this.database.read(() -> this.database.sql(FIND_EVENTS)
			.param("limit", limit)
			.query((row, number) -> new Event(new Session(row.getString("NAMESPACE"), row.getString("SESSION_ID")),
					row.getLong("SEQ")))
			.list());
		Map<Session, List<Long>> bySession = expired.stream()
			.collect(Collectors.groupingBy(Event::session, Collectors.mapping(Event::number, Collectors.toList())));
		bySession.forEach((session, numbers) -> delete(session, DELETE_EVENTS, "numbers", numbers));
		return expired.size();
	}

	private int deleteStreams(int limit) {
		record Stream(Session session, String id) {
		}
		List<Stream> expired = this.database.read(() -> this.database.sql(FIND_STREAMS)
			.param("limit", limit)
			.query((row, number) -> new Stream(new Session(row.getString("NAMESPACE"), row.getString("SESSION_ID")),
					row.getString("STREAM")))
			.list());
		expired.forEach((stream) -> delete(stream.session(), DELETE_STREAM, "stream", stream.id()));
		return expired.size();
	}

	private void delete(Session session, String statement, String parameter, Object value) {
		this.database.change(() -> {
			boolean exists = !this.database.sql(LOCK)
				.param("namespace", session.namespace())
				.param("session", session.id())
				.query(Long.class)
				.list()
				.isEmpty();
			return exists ? this.database.sql(statement)
				.param("namespace", session.namespace())
				.param("session", session.id())
				.param(parameter, value)
				.update() : 0;
		});
	}

	private record Session(String namespace, String id) {
	}

}
