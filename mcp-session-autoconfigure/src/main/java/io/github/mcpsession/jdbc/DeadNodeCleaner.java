package io.github.mcpsession.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.NestedRuntimeException;

/**
 * Deletes nodes that are long dead, and messages that are left without a node: theirs,
 * and those sent while a node left. Of all namespaces, since an application may be gone
 * for good. Row by row and in small batches, so that two nodes that clean up at once do
 * not wait for each other.
 */
final class DeadNodeCleaner {

	private static final Logger logger = LoggerFactory.getLogger(DeadNodeCleaner.class);

	private static final int BATCH = 100;

	private static final int HEARTBEATS_PER_CLEANUP = 15;

	private static final Duration SHORTEST_GRACE = Duration.ofMinutes(1);

	private static final String FIND_DEAD = """
			SELECT NAMESPACE, NODE FROM {NODE} WHERE EXPIRES_AT < {NOW} - :grace LIMIT :limit
			""";

	private static final String DELETE_DEAD = """
			DELETE FROM {NODE} WHERE NAMESPACE = :namespace AND NODE = :node AND EXPIRES_AT < {NOW} - :grace
			""";

	private static final String FIND_ORPHANS = """
			SELECT M.ID FROM {MESSAGE} M WHERE M.CREATED_AT < {FIXED_NOW} - :grace AND NOT EXISTS (
				SELECT 1 FROM {NODE} N WHERE N.NAMESPACE = M.NAMESPACE AND N.NODE = M.NODE)
			ORDER BY M.CREATED_AT LIMIT :limit
			""";

	private final JdbcDatabase database;

	private final JdbcInbox inbox;

	private final AtomicInteger heartbeats = new AtomicInteger();

	DeadNodeCleaner(JdbcDatabase database, JdbcInbox inbox) {
		this.database = database;
		this.inbox = inbox;
	}

	/**
	 * Clean up with the first heartbeat, and with some of those that follow.
	 * @param timeout how long a node is alive after a heartbeat
	 */
	void onHeartbeat(Duration timeout) {
		if (this.heartbeats.getAndIncrement() % HEARTBEATS_PER_CLEANUP != 0) {
			return;
		}
		Duration fiveTimes = timeout.multipliedBy(5);
		long grace = ((fiveTimes.compareTo(SHORTEST_GRACE) > 0) ? fiveTimes : SHORTEST_GRACE).toMillis();
		try {
			deleteDeadNodes(grace);
			while (deleteOrphans(grace) == BATCH) {
				// there is more
			}
		}
		catch (NestedRuntimeException ex) {
			logger.debug("Cannot clean up after dead nodes, retrying later", ex);
		}
	}

	private void deleteDeadNodes(long grace) {
		record Key(String namespace, String node) {
		}
		List<Key> dead = this.database.read(() -> this.database.sql(FIND_DEAD)
			.param("grace", grace)
			.param("limit", BATCH)
			.query((row, number) -> new Key(row.getString("NAMESPACE"), row.getString("NODE")))
			.list());
		for (Key key : dead) {
			this.database.change(() -> this.database.sql(DELETE_DEAD)
				.param("grace", grace)
				.param("namespace", key.namespace())
				.param("node", key.node())
				.update());
		}
	}

	private int deleteOrphans(long grace) {
		List<Long> orphans = this.database.read(() -> this.database.sql(FIND_ORPHANS)
			.param("grace", grace)
			.param("limit", BATCH)
			.query((row, number) -> row.getLong("ID"))
			.list());
		this.inbox.delete(orphans);
		return orphans.size();
	}

}
