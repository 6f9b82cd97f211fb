package io.github.mcpsession.jdbc;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.NestedRuntimeException;

/**
 * Takes messages out of the table, by their id: what is committed late has a lower id
 * than what was read before. A message whose deletion fails has been read all the same,
 * and is deleted before the next read.
 * <p>
 * What is remembered for a node is used by its receiving thread only.
 */
final class JdbcInbox {

	private static final Logger logger = LoggerFactory.getLogger(JdbcInbox.class);

	/**
	 * A message may have a megabyte.
	 */
	private static final int BATCH = 16;

	private static final String READ = """
			SELECT ID, MESSAGE FROM {MESSAGE} WHERE NAMESPACE = :namespace AND NODE = :node ORDER BY ID LIMIT :limit
			""";

	private static final String DELETE = "DELETE FROM {MESSAGE} WHERE ID IN (:ids)";

	private final JdbcDatabase database;

	private final String namespace;

	private final Map<String, List<Long>> undeleted = new ConcurrentHashMap<>();

	JdbcInbox(JdbcDatabase database, String namespace) {
		this.database = database;
		this.namespace = namespace;
	}

	List<String> take(String node) {
		record Row(long id, String message) {
		}
		deleteOf(node);
		List<Row> rows = this.database.read(() -> this.database.sql(READ)
			.param("namespace", this.namespace)
			.param("node", node)
			.param("limit", BATCH)
			.query((row, number) -> new Row(row.getLong("ID"), row.getString("MESSAGE")))
			.list());
		if (!rows.isEmpty()) {
			this.undeleted.put(node, rows.stream().map(Row::id).toList());
			try {
				deleteOf(node);
			}
			catch (NestedRuntimeException ex) {
				logger.debug("Cannot delete received messages, retrying before the next read", ex);
			}
		}
		return rows.stream().map(Row::message).toList();
	}

	private void deleteOf(String node) {
		List<Long> ids = this.undeleted.get(node);
		if (ids != null) {
			delete(ids);
			this.undeleted.remove(node);
		}
	}

	/**
	 * Delete messages of whichever node.
	 */
	void delete(List<Long> ids) {
		if (!ids.isEmpty()) {
			this.database.change(() -> this.database.sql(DELETE).param("ids", ids).update());
		}
	}

	void forget(String node) {
		this.undeleted.remove(node);
	}

}
