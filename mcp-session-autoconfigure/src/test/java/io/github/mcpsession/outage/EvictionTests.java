package io.github.mcpsession.outage;

import java.time.Duration;
import java.util.List;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisProcess;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A Redis that is full.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EvictionTests {

	private static final int MEGABYTE = 1 << 20;

	private RedisProcess redis;

	private Node a;

	private Node b;

	@BeforeAll
	void start() {
		this.redis = RedisProcess.start(TestServers.freePort(), "maxmemory-samples", "10");
		List<String> properties = List.of("mcp.session.store=redis", "spring.data.redis.port=" + this.redis.port());
		this.a = Node.start("A", properties);
		this.b = Node.start("B", properties);
	}

	@AfterAll
	void stop() {
		this.a.close();
		this.b.close();
		this.redis.close();
	}

	private static String key(RawClient client) {
		return "mcp:session:test:{" + client.sessionId() + "}";
	}

	private boolean exists(String key) {
		return "1".equals(this.redis.command("EXISTS " + key));
	}

	/**
	 * Leave room for so much.
	 */
	private void limit(String policy, int room) {
		long used = this.redis.command("INFO memory")
			.lines()
			.filter((line) -> line.startsWith("used_memory:"))
			.mapToLong((line) -> Long.parseLong(line.strip().substring("used_memory:".length())))
			.findFirst()
			.orElseThrow();
		this.redis.command("CONFIG SET maxmemory-policy " + policy);
		this.redis.command("CONFIG SET maxmemory " + (used + room));
	}

	private void assertGone(RawClient client) {
		RawClient.assertNotFound(client.tryCall(this.a.uri(), "node"));
		RawClient.assertNotFound(client.tryCall(this.b.uri(), "node"));
		assertThat(this.a.manager().find(client.sessionId())).isEmpty();
		String before = client.sessionId();
		assertThat(client.sessionId(null).initialize(this.b.uri()).sessionId()).isNotEqualTo(before);
		assertThat(client.call(this.a.uri(), "count")).isEqualTo("1");
	}

	@Test
	void aSessionWhoseKeyIsGoneIsGoneAndTheRestOfItExpires() {
		RawClient client = new RawClient().initialize(this.a.uri());
		client.call(this.b.uri(), "count");
		client.call(this.a.uri(), "count");
		client.call(this.a.uri(), "log");
		EventStreamReader stream = client.listening(this.a.uri());
		stream.awaitEvents(1);
		String key = key(client);
		this.redis.command("DEL " + key);
		assertThat(List.of(":log", ":order"))
			.allSatisfy((rest) -> assertThat(Long.parseLong(this.redis.command("PTTL " + key + rest))).isBetween(1L,
					Duration.ofMinutes(10).toMillis()));
		assertGone(client);
		stream.awaitEnd();
		assertThat(exists(key)).isFalse();
	}

	@Test
	void aSessionThatIsEvictedIsGoneAndTheNodesGoOn() {
		RawClient idle = new RawClient().initialize(this.a.uri());
		limit("allkeys-lru", MEGABYTE / 2);
		try {
			await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(1)).until(() -> {
				this.redis.command("SET junk:" + System.nanoTime() + " " + "x".repeat(10_000));
				return !exists(key(idle));
			});
			assertGone(idle);
			// also when what the nodes know of each other was evicted
			await().atMost(Duration.ofSeconds(10)).ignoreExceptions().untilAsserted(() -> {
				RawClient client = new RawClient().initialize(this.a.uri());
				EventStreamReader call = client.callStreaming(this.a.uri(), "elicit", "{\"question\":\"q\"}");
				String id = call.awaitMethod("elicitation/create").path("id").asString();
				assertThat(client.answer(this.b.uri(), id, "{\"action\":\"accept\",\"content\":{\"answer\":\"x\"}}")
					.statusCode()).isEqualTo(202);
				assertThat(call.awaitText()).isEqualTo("A heard x");
			});
		}
		finally {
			this.redis.command("CONFIG SET maxmemory 0");
		}
	}

	@Test
	void aRedisThatRefusesToWriteLosesNoSession() {
		RawClient client = new RawClient().initialize(this.a.uri());
		limit("noeviction", -MEGABYTE / 4);
		try {
			assertThat(new RawClient().tryInitialize(this.a.uri()).statusCode()).isEqualTo(503);
			assertThat(client.call(this.a.uri(), "node")).isEqualTo("A");
			assertThat(client.tryCall(this.b.uri(), "node").statusCode()).isIn(200, 503);
		}
		finally {
			this.redis.command("CONFIG SET maxmemory 0");
		}
		await().atMost(Duration.ofSeconds(5))
			.until(() -> new RawClient().tryInitialize(this.a.uri()).statusCode() == 200);
		assertThat(client.call(this.b.uri(), "count")).isEqualTo("1");
		assertThat(client.call(this.a.uri(), "count")).isEqualTo("2");
	}

}
