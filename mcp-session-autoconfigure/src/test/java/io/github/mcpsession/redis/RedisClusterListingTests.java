package io.github.mcpsession.redis;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreContract;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisNode;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * A Redis Cluster of three masters.
 */
class RedisClusterListingTests {

	private static final int MASTERS = 3;

	@TempDir
	static Path directory;

	private static final List<RedisServer> servers = new ArrayList<>();

	private static LettuceConnectionFactory connectionFactory;

	@BeforeAll
	static void startCluster() throws IOException {
		List<Integer> ports = new ArrayList<>();
		for (int i = 0; i < MASTERS; i++) {
			int port = freePortOfCluster();
			File nodes = directory.resolve("nodes-" + port + ".conf").toFile();
			RedisServer server = RedisServer.newRedisServer()
				.port(port)
				.bind("127.0.0.1")
				.setting("save \"\"")
				.setting("appendonly no")
				.setting("cluster-enabled yes")
				.setting("cluster-config-file " + nodes)
				.build();
			server.start();
			servers.add(server);
			ports.add(port);
		}
		for (int i = 0; i < MASTERS; i++) {
			join(ports.get(i), ports.get(0), i);
		}
		RedisClusterConfiguration configuration = new RedisClusterConfiguration();
		ports.forEach((port) -> configuration.addClusterNode(new RedisNode("127.0.0.1", port)));
		for (int port : ports) {
			await().atMost(Duration.ofSeconds(30)).until(() -> isReady(port));
		}
		connectionFactory = new LettuceConnectionFactory(configuration);
		connectionFactory.afterPropertiesSet();
		connectionFactory.start();
	}

	/**
	 * Its bus listens on a port that is higher by 10000.
	 */
	private static int freePortOfCluster() {
		int port;
		do {
			port = TestServers.freePort();
		}
		while (port > 55_000);
		return port;
	}

	private static void join(int port, int first, int index) {
		int[] slots = java.util.stream.IntStream.range(0, 16_384).filter((slot) -> slot % MASTERS == index).toArray();
		onNode(port, (redis) -> {
			byte[][] arguments = new byte[slots.length + 1][];
			arguments[0] = "ADDSLOTS".getBytes();
			for (int i = 0; i < slots.length; i++) {
				arguments[i + 1] = Integer.toString(slots[i]).getBytes();
			}
			redis.execute((RedisCallback<Object>) (connection) -> connection.execute("CLUSTER", arguments));
			return redis.execute((RedisCallback<Object>) (connection) -> connection.execute("CLUSTER",
					"MEET".getBytes(), "127.0.0.1".getBytes(), Integer.toString(first).getBytes()));
		});
	}

	private static boolean isReady(int port) {
		return onNode(port, (redis) -> {
			String info = new String((byte[]) redis
				.execute((RedisCallback<Object>) (connection) -> connection.execute("CLUSTER", "INFO".getBytes())));
			return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:" + MASTERS);
		});
	}

	private static <T> T onNode(int port, java.util.function.Function<StringRedisTemplate, T> call) {
		LettuceConnectionFactory node = new LettuceConnectionFactory("127.0.0.1", port);
		node.afterPropertiesSet();
		node.start();
		try {
			return call.apply(new StringRedisTemplate(node));
		}
		finally {
			node.destroy();
		}
	}

	@AfterAll
	static void stopCluster() throws IOException {
		if (connectionFactory != null) {
			connectionFactory.destroy();
		}
		for (RedisServer server : servers) {
			server.stop();
		}
	}

	@Test
	void theSessionsOfAllMastersAreListed() {
		RedisSessionStore store = new RedisSessionStore(connectionFactory, "mcp:session", "listed");
		Set<String> ids = new HashSet<>();
		for (int i = 0; i < 300; i++) {
			SessionRecord session = SessionStoreContract.newSession();
			assertThat(store.create(session, Duration.ofMinutes(5))).isTrue();
			ids.add(session.id());
		}
		for (int limit : new int[] { 7, 1000 }) {
			Set<String> listed = new HashSet<>();
			int pages = 0;
			String cursor = null;
			do {
				SessionPage page = store.list(cursor, limit);
				page.sessions().forEach((session) -> listed.add(session.id()));
				cursor = page.next();
				pages++;
			}
			while (cursor != null);
			assertThat(listed).isEqualTo(ids);
			assertThat(pages).isGreaterThanOrEqualTo((limit == 7) ? 20 : 1);
		}
	}

	@Test
	void theCursorOfASingleRedisIsRefused() {
		RedisSessionStore store = new RedisSessionStore(connectionFactory, "mcp:session", "refused");
		assertThatIllegalArgumentException().isThrownBy(() -> store.list("17", 10));
		assertThatIllegalArgumentException().isThrownBy(() -> store.list("16384:17", 10));
	}

}
