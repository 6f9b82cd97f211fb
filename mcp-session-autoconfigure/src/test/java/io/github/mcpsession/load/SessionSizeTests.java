package io.github.mcpsession.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.github.mcpsession.CallerResolver;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.ProcessNode;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.RedisProcess;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.DataType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a session takes on a node and in Redis when it has made its calls.
 * {@code -Dsession.size.sessions=10000} for a more exact figure,
 * {@code -Dsession.size.classes=30} to see what it is made of.
 */
class SessionSizeTests {

	private static final int SESSIONS = Integer.getInteger("session.size.sessions", 2_000);

	private static final int THREADS = 4;

	@ParameterizedTest
	@ValueSource(strings = { "redis", "memory" })
	void aSessionTakesLittleHeapOnItsNode(String store) throws Exception {
		List<String> properties = new ArrayList<>(store.equals("redis") ? TestServers.redisProperties() : List.of());
		properties.add("mcp.session.namespace=size");
		try (ProcessNode node = ProcessNode.start("size-" + store, properties, "-Xmx512m", "-XX:+UseSerialGC")) {
			makeSessions(node, 500);
			Map<String, Long> before = histogram(node);
			makeSessions(node, SESSIONS);
			Map<String, Long> after = histogram(node);
			before.forEach((name, bytes) -> after.merge(name, -bytes, Long::sum));
			// what does not grow with the sessions comes and goes with threads and the
			// like
			after.values().removeIf((bytes) -> bytes < 8L * SESSIONS);
			long perSession = after.values().stream().mapToLong(Long::longValue).sum() / SESSIONS;
			System.out.printf("A session takes %d bytes of heap on its node (%s)%n", perSession, store);
			after.entrySet()
				.stream()
				.sorted(Comparator.comparing(Map.Entry<String, Long>::getValue).reversed())
				.limit(Integer.getInteger("session.size.classes", 0))
				.forEach((entry) -> System.out.println(entry.getValue() / SESSIONS + " " + entry.getKey()));
			assertThat(perSession).isBetween(200L, store.equals("redis") ? 2048L : 3072L);
		}
	}

	private static void makeSessions(ProcessNode node, int sessions) throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(THREADS);
		try {
			List<Future<?>> clients = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				clients.add(executor.submit(() -> {
					for (int n = 0; n < sessions / THREADS; n++) {
						assertThat(new RawClient().initialize(node.uri()).call(node.uri(), "count")).isEqualTo("1");
					}
				}));
			}
			for (Future<?> client : clients) {
				client.get();
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	/**
	 * The bytes of the live objects of each class.
	 */
	private static Map<String, Long> histogram(ProcessNode node) throws IOException {
		// connections of clients and caches of threads that end meanwhile
		await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
		Process jcmd = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
				Long.toString(node.pid()), "GC.class_histogram")
			.redirectErrorStream(true)
			.start();
		Map<String, Long> histogram = new HashMap<>();
		new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines()
			.map((line) -> line.trim().split("\\s+"))
			.filter((columns) -> columns.length > 3 && columns[0].matches("\\d+:"))
			.forEach((columns) -> histogram.merge(columns[3], Long.parseLong(columns[2]), Long::sum));
		assertThat(histogram).containsKey("java.lang.String");
		return histogram;
	}

	/**
	 * The sum of all keys.
	 */
	private static long bytesInRedis(Set<String> keys) {
		return keys.stream()
			.mapToLong((key) -> Long
				.parseLong(RedisProcess.command(TestServers.redisPort(), "MEMORY USAGE " + key + " SAMPLES 0")
					.replace(":", "")))
			.sum();
	}

	@Test
	void aSessionTakesLittleInRedisAfterItsCalls() {
		List<String> properties = new ArrayList<>(TestServers.redisProperties());
		properties.addAll(List.of("mcp.session.namespace=size-in-redis", "mcp.session.streams.completed-retention=2s"));
		try (Node node = Node.start("A", properties)) {
			RawClient client = new RawClient().initialize(node.uri());
			long atOnce = bytesAfterTenCalls(client, node, "count");
			assertThat(client.call(node.uri(), "log")).startsWith("logged");
			assertThat(RedisKeyspace.sessions("size-in-redis")).hasSize(3);
			long notified = bytesAfterTenCalls(client, node, "log");
			System.out.printf("A session takes %d bytes in Redis after ten calls that are answered at once, "
					+ "%d after ten with a notification%n", atOnce, notified);
			assertThat(atOnce).isBetween(200L, 1536L);
			assertThat(notified).isBetween(200L, 1536L);
		}
	}

	/**
	 * As claude.ai does: a session for each call of an authenticated caller.
	 */
	@Test
	void aSessionForEachCallLeavesLittleInRedis() {
		String namespace = "size-per-call";
		int calls = 200;
		List<String> properties = new ArrayList<>(TestServers.redisProperties());
		properties.add("mcp.session.namespace=" + namespace);
		try (Node node = Node.start(List.of(TestApplication.class, Callers.class), "A", properties)) {
			new RawClient().initialize(node.uri()).call(node.uri(), "count");
			Map<String, Long> before = entries(namespace);
			long bytesBefore = bytesInRedis(before.keySet());
			List<RawClient> clients = IntStream.range(0, calls).mapToObj((i) -> {
				RawClient client = new RawClient().named("claude-ai").initialize(node.uri());
				assertThat(client.call(node.uri(), "node")).isEqualTo("A");
				return client;
			}).toList();
			Map<String, Long> after = entries(namespace);
			long perCall = (bytesInRedis(after.keySet()) - bytesBefore) / calls;
			System.out.printf("A session for one call leaves %d bytes in Redis%n", perCall);
			assertThat(after).hasSize(before.size() + calls);
			assertThat(perCall).isBetween(200L, 1024L);
			clients.forEach((client) -> client.delete(node.uri()));
			await().atMost(Duration.ofSeconds(10))
				.untilAsserted(() -> assertThat(entries(namespace)).isEqualTo(before));
		}
	}

	/**
	 * All keys, with the number of members of those that are sorted sets.
	 */
	private static Map<String, Long> entries(String namespace) {
		Map<String, Long> entries = new HashMap<>();
		RedisKeyspace.look(TestServers.redisPort(), (redis) -> {
			redis.keys("mcp:session:" + namespace + ":*")
				.forEach((key) -> entries.put(key,
						(redis.type(key) == DataType.ZSET) ? redis.opsForZSet().zCard(key) : Long.valueOf(1)));
			return entries;
		});
		return entries;
	}

	/**
	 * All are one and the same.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Callers {

		@Bean
		CallerResolver callerResolver() {
			return (request) -> "alice";
		}

	}

	private static long bytesAfterTenCalls(RawClient client, Node node, String tool) {
		for (int i = 0; i < 10; i++) {
			client.call(node.uri(), tool);
		}
		await().atMost(Duration.ofSeconds(10)).until(() -> RedisKeyspace.sessions("size-in-redis").size() == 1);
		return bytesInRedis(RedisKeyspace.sessions("size-in-redis"));
	}

}
