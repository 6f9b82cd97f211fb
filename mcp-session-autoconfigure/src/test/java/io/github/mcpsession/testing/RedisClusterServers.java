package io.github.mcpsession.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.awaitility.Awaitility.await;

/**
 * A Redis Cluster of three masters, and of replicas if asked for.
 */
public final class RedisClusterServers implements AutoCloseable {

	private static final int MASTERS = 3;

	private static final int SLOTS = 16_384;

	private static RedisClusterServers shared;

	private final List<RedisProcess> masters = new ArrayList<>();

	private final List<RedisProcess> replicas = new ArrayList<>();

	private RedisClusterServers(boolean withReplicas) {
		for (int i = 0; i < MASTERS; i++) {
			this.masters.add(startNode());
		}
		for (int i = 0; i < MASTERS; i++) {
			int first = i * SLOTS / MASTERS;
			int end = (i + 1) * SLOTS / MASTERS;
			this.masters.get(i)
				.command("CLUSTER ADDSLOTS "
						+ IntStream.range(first, end).mapToObj(String::valueOf).collect(Collectors.joining(" ")));
		}
		for (int i = 0; withReplicas && i < MASTERS; i++) {
			this.replicas.add(startNode());
		}
		for (RedisProcess node : all()) {
			node.command("CLUSTER MEET 127.0.0.1 " + this.masters.get(0).port());
		}
		await().atMost(Duration.ofSeconds(30)).until(() -> all().stream().allMatch(this::knowsAll));
		for (int i = 0; i < this.replicas.size(); i++) {
			this.replicas.get(i).command("CLUSTER REPLICATE " + this.masters.get(i).command("CLUSTER MYID"));
		}
		await().atMost(Duration.ofSeconds(30))
			.until(() -> this.replicas.stream()
				.allMatch((replica) -> replica.command("INFO replication").contains("master_link_status:up")));
	}

	private static RedisProcess startNode() {
		return RedisProcess.start(RedisProcess.freeClusterPort(), "cluster-enabled", "yes", "cluster-node-timeout",
				"1500", "repl-diskless-sync", "yes", "repl-diskless-sync-delay", "0");
	}

	/**
	 * One for all tests of this JVM that do it no harm.
	 */
	public static synchronized RedisClusterServers shared() {
		if (shared == null) {
			shared = new RedisClusterServers(false);
		}
		return shared;
	}

	/**
	 * One of the caller's own, with a replica for each master.
	 */
	public static RedisClusterServers withReplicas() {
		return new RedisClusterServers(true);
	}

	private List<RedisProcess> all() {
		List<RedisProcess> all = new ArrayList<>(this.masters);
		all.addAll(this.replicas);
		return all;
	}

	private boolean knowsAll(RedisProcess node) {
		String info = node.command("CLUSTER INFO");
		return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:" + all().size());
	}

	/**
	 * The master of a slot.
	 */
	public RedisProcess masterOf(int slot) {
		return this.masters.get((slot * MASTERS + MASTERS - 1) / SLOTS);
	}

	public RedisProcess replicaOf(RedisProcess master) {
		return this.replicas.get(this.masters.indexOf(master));
	}

	public List<Integer> ports() {
		return this.masters.stream().map(RedisProcess::port).toList();
	}

	public List<String> addresses() {
		return this.masters.stream().map(RedisProcess::address).toList();
	}

	public List<String> properties() {
		return List.of("mcp.session.store=redis", "spring.data.redis.cluster.nodes=" + String.join(",", addresses()));
	}

	@Override
	public void close() {
		all().forEach(RedisProcess::close);
	}

}
