package io.github.mcpsession.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;

/**
 * Deletes events and states of streams that are too old, of all namespaces, since an
 * application may be gone for good. A batch of them is one transaction, which locks the
 * row of each session as {@link JdbcEventLog} does, but leaves a session that is locked
 * for later: it never waits, whoever else cleans up or writes. Thread-safe.
 */
final class ExpiredEventCleaner {

	private static final String LOCK = """
			SELECT VERSION FROM {SESSION} WHERE NAMESPACE = :namespace AND SESSION_ID = :session
			FOR UPDATE SKIP LOCKED
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

	private static final String DELETE_STREAMS = """
			DELETE FROM {STREAM} WHERE NAMESPACE = :namespace AND SESSION_ID = :session
			AND STREAM IN (:streams) AND EXPIRES_AT <= {NOW}
			""";

	private final JdbcDatabase database;

	ExpiredEventCleaner(JdbcDatabase database) {
		this.database = database;
	}

	int deleteExpired(int limit) {
		int streams = delete(FIND_STREAMS, (row) -> row.getString("STREAM"), DELETE_STREAMS, "streams", limit);
		return (streams < limit)
				? streams + delete(FIND_EVENTS, (row) -> row.getLong("SEQ"), DELETE_EVENTS, "numbers", limit - streams)
				: streams;
	}

	/**
	 * Delete a batch.
	 * @return how many were found; 0 if none could be deleted
	 */
	private <T> int delete(String find, Column<T> column, String statement, String parameter, int limit) {
		record Item<T>(Session session, T key) {
		}
		List<Item<T>> expired = this.database.read(() -> this.database.sql(find)
			.param("limit", limit)
			.query((row, number) -> new Item<>(new Session(row.getString("NAMESPACE"), row.getString("SESSION_ID")),
					column.read(row)))
			.list());
		if (expired.isEmpty()) {
			return 0;
		}
		Map<Session, List<T>> bySession = expired.stream()
			.collect(Collectors.groupingBy(Item::session, Collectors.mapping(Item::key, Collectors.toList())));
		int deleted = this.database.change(() -> bySession.entrySet()
			.stream()
			.mapToInt((entry) -> delete(entry.getKey(), statement, parameter, entry.getValue()))
			.sum());
		return (deleted > 0) ? expired.size() : 0;
	}

	private int delete(Session session, String statement, String parameter, List<?> keys) {
		boolean locked = !about(session, LOCK).query(Long.class).list().isEmpty();
		return locked ? about(session, statement).param(parameter, keys).update() : 0;
	}

	private StatementSpec about(Session session, String statement) {
		return this.database.sql(statement).param("namespace", session.namespace()).param("session", session.id());
	}

	private record Session(String namespace, String id) {
	}

	private interface Column<T> {

		T read(ResultSet row) throws SQLException;

	}

}
