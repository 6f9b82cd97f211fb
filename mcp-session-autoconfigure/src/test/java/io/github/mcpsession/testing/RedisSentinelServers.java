package io.github.mcpsession.testing;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import static org.awaitility.Awaitility.await;

/**
 * A Redis master with a replica, watched by three sentinels that are quick to act.
 */
public final class RedisSentinelServers implements AutoCloseable {

	private final RedisProcess master;

	private final RedisProcess replica;

	private final List<RedisProcess> sentinels;

	public RedisSentinelServers() {
		this.master = RedisProcess.start(TestServers.freePort(), "repl-diskless-sync", "yes",
				"repl-diskless-sync-delay", "0");
		this.replica = RedisProcess.start(TestServers.freePort(), "replicaof", "127.0.0.1 " + this.master.port());
		this.sentinels = Stream.generate(this::startSentinel).limit(3).toList();
		await().atMost(Duration.ofSeconds(30))
			.until(() -> this.sentinels.stream()
				.allMatch((sentinel) -> sentinel.command("INFO sentinel").contains("slaves=1,sentinels=3")));
	}

	private RedisProcess startSentinel() {
		return RedisProcess.startSentinel(TestServers.freePort(),
				"sentinel monitor mcp 127.0.0.1 " + this.master.port() + " 2",
				"sentinel down-after-milliseconds mcp 1000", "sentinel failover-timeout mcp 5000");
	}

	public RedisProcess master() {
		return this.master;
	}

	public RedisProcess replica() {
		return this.replica;
	}

	/**
	 * Whether all sentinels name the replica as the master.
	 */
	public boolean isReplaced() {
		return this.sentinels.stream()
			.allMatch((sentinel) -> sentinel.command("INFO sentinel").contains("address=" + this.replica.address()));
	}

	public List<String> properties() {
		return List.of("mcp.session.store=redis", "spring.data.redis.sentinel.master=mcp",
				"spring.data.redis.sentinel.nodes="
						+ this.sentinels.stream().map(RedisProcess::address).collect(Collectors.joining(",")));
	}

	@Override
	public void close() {
		this.sentinels.forEach(RedisProcess::close);
		this.replica.close();
		this.master.close();
	}

}
