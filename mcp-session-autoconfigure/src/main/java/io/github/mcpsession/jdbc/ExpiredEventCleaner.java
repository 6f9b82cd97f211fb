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

	private final JdbcDatabase database;

	private final JdbcEventSql sql;

	ExpiredEventCleaner(JdbcDatabase database, JdbcEventSql sql) {
		this.database = database;
		this.sql = sql;
	}

	int deleteExpired(int limit) {
		int events = deleteEvents(limit);
		return (events < limit) ? events + deleteStreams(limit - events) : events;
	}

	private int deleteEvents(int limit) {
		record Event(Session session, long number) {
		}
		List<Event> expired = this.database.read(() -> this.database.statement(this.sql.findExpiredEvents())
			.param("limit", limit)
			.query((row, number) -> new Event(new Session(row.getString("NAMESPACE"), row.getString("SESSION_ID")),
					row.getLong("SEQ")))
			.list());
		Map<Session, List<Long>> bySession = expired.stream()
			.collect(Collectors.groupingBy(Event::session, Collectors.mapping(Event::number, Collectors.toList())));
		bySession.forEach((session, numbers) -> delete(session, this.sql.deleteExpiredEvents(), "numbers", numbers));
		return expired.size();
	}

	private int deleteStreams(int limit) {
		record Stream(Session session, String id) {
		}
		List<Stream> expired = this.database.read(() -> this.database.statement(this.sql.findExpiredStreams())
			.param("limit", limit)
			.query((row, number) -> new Stream(new Session(row.getString("NAMESPACE"), row.getString("SESSION_ID")),
					row.getString("STREAM")))
			.list());
		expired.forEach((stream) -> delete(stream.session(), this.sql.deleteExpiredStream(), "stream", stream.id()));
		return expired.size();
	}

	private void delete(Session session, String statement, String parameter, Object value) {
		this.database.change(() -> {
			boolean exists = !this.database.statement(this.sql.lock())
				.param("namespace", session.namespace())
				.param("session", session.id())
				.query(Long.class)
				.list()
				.isEmpty();
			return exists ? this.database.statement(statement)
				.param("namespace", session.namespace())
				.param("session", session.id())
				.param(parameter, value)
				.update() : 0;
		});
	}

	private record Session(String namespace, String id) {
	}

}
