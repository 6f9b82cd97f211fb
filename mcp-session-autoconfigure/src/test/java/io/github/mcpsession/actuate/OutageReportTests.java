package io.github.mcpsession.actuate;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisProcess;
import io.github.mcpsession.testing.TcpProxy;
import io.github.mcpsession.testing.TestServers;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.embedded.RedisServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What operators see of an outage of the store.
 */
@ExtendWith(OutputCaptureExtension.class)
class OutageReportTests {

	private static final Duration STORE_TIMEOUT = Duration.ofMillis(500);

	private int port;

	private RedisServer redis;

	private Node node;

	@BeforeEach
	void start() throws IOException {
		this.port = TestServers.freePort();
		this.redis = TestServers.newRedis(this.port);
		this.redis.start();
		this.node = Node.start("A", List.of("mcp.session.store=redis", "spring.data.redis.port=" + this.port,
				"mcp.session.store-timeout=" + STORE_TIMEOUT.toMillis() + "ms",
				"mcp.session.cluster.heartbeat-interval=200ms", "management.health.redis.enabled=false",
				"management.endpoint.health.show-details=always", "management.endpoint.health.probes.enabled=true",
				"management.endpoint.health.group.withstore.include=readinessState,mcpSession",
				"logging.level.io.github.mcpsession=debug"));
	}

	@AfterEach
	void stop() throws IOException {
		this.node.close();
		this.redis.stop();
	}

	@Test
	void healthBreakerAndLogTellThatTheStoreIsAwayAndThatItIsBack(CapturedOutput output) throws Exception {
		RawClient client = new RawClient().initialize(this.node.uri());
		JsonNode up = mcpSession(get("/actuator/health"));
		assertThat(up.path("status").asString()).isEqualTo("UP");
		JsonNode details = up.path("details");
		assertThat(details.path("store").asString()).isEqualTo("redis");
		assertThat(details.path("node").asString()).isEqualTo(this.node.nodeName());
		assertThat(details.path("sessions").asInt()).isEqualTo(1);
		assertThat(details.path("nodes").asInt()).isEqualTo(1);
		assertThat(breaker("closed")).isOne();

		this.redis.stop();
		await().atMost(Duration.ofSeconds(10)).until(() -> {
			client.call(this.node.uri(), "node");
			return breaker("closed") == 0;
		});
		for (int i = 0; i < 10; i++) {
			assertThat(client.call(this.node.uri(), "node")).isEqualTo("A");
			assertThat(client.delete(this.node.uri()).statusCode()).isEqualTo(503);
			client.call(this.node.uri(), "notify", "{\"text\":\"x\"}");
			client.call(this.node.uri(), "log");
			long start = System.nanoTime();
			HttpResponse<String> health = get("/actuator/health");
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(STORE_TIMEOUT.plusMillis(500));
			assertThat(health.statusCode()).isEqualTo(503);
			JsonNode down = mcpSession(health);
			assertThat(down.path("status").asString()).isEqualTo("DOWN");
			assertThat(down.at("/details/reason").asString())
				.isEqualTo("store unreachable, serving local sessions only");
			assertThat(down.at("/details/cause").asString()).matches("\\S+Exception: .+");
			assertThat(down.at("/details/sessions").asInt()).isEqualTo(1);
		}
		assertThat(get("/actuator/health/readiness").statusCode()).isEqualTo(200);
		assertThat(get("/actuator/health/liveness").statusCode()).isEqualTo(200);
		assertThat(get("/actuator/health/withstore").statusCode()).isEqualTo(503);
		assertThat(breaker("open") + breaker("half-open")).isOne();
		assertThat(this.node.bean(MeterRegistry.class).get("mcp.session.store").tag("outcome", "refused").timers())
			.isNotEmpty();

		this.redis = TestServers.newRedis(this.port);
		this.redis.start();
		await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
			assertThat(get("/actuator/health").statusCode()).isEqualTo(200);
			assertThat(breaker("closed")).isOne();
		});
		List<String> logged = output.getAll().lines().filter((line) -> line.contains(" i.g.m.")).toList();
		assertThat(logged).filteredOn((line) -> line.contains(" DEBUG ")).isNotEmpty();
		assertThat(logged).filteredOn((line) -> line.contains(" WARN "))
			.hasSize(2)
			.anyMatch((line) -> line.matches(".*Session store unavailable \\(\\S*Exception: .*\\).*"))
			.anyMatch((line) -> line.contains("Sending messages that clients cannot get again"));
		assertThat(logged).filteredOn((line) -> line.contains(" INFO "))
			.hasSize(2)
			.anyMatch((line) -> line.contains("Session store available again"))
			.anyMatch((line) -> line
				.contains("MCP sessions at /mcp are kept by RedisSessionStore (namespace test, node "
						+ this.node.nodeName() + ", transport WebMvcStreamableServerTransportProvider, mcp-core 2."));
		assertThat(output.getAll()).doesNotContain(client.sessionId());
	}

	/**
	 * As after a failover, or where the disk is full: the node has no traffic, and reads
	 * succeed.
	 */
	@Test
	void aNodeIsDownWhoseStoreCannotBeWrittenThoughNobodyTries() throws Exception {
		RedisProcess.command(this.port, "CONFIG SET maxmemory 1");
		await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
			JsonNode down = mcpSession(get("/actuator/health"));
			assertThat(down.path("status").asString()).isEqualTo("DOWN");
			assertThat(down.at("/details/reason").asString()).isEqualTo("the store cannot be written");
			assertThat(down.at("/details/cause").asString()).startsWith("RedisCommandExecutionException: ")
				.contains("OOM command not allowed");
		});
		assertThat(breaker("closed")).isOne();
		RedisProcess.command(this.port, "CONFIG SET maxmemory 0");
		await().atMost(Duration.ofSeconds(5))
			.untilAsserted(() -> assertThat(get("/actuator/health").statusCode()).isEqualTo(200));
	}

	/**
	 * A store that takes its time: less than it may for one call, and more for two.
	 */
	@Test
	void askingForHealthHarmsNoRequest() throws Exception {
		try (TcpProxy slow = new TcpProxy(this.port);
				Node far = Node.start("B",
						List.of("mcp.session.store=redis", "spring.data.redis.host=127.0.0.1",
								"spring.data.redis.port=" + slow.port(), "mcp.session.store-timeout=900ms",
								"management.health.redis.enabled=false"))) {
			RawClient client = new RawClient().initialize(far.uri());
			slow.delay(Duration.ofMillis(240));
			for (int i = 0; i < 4; i++) {
				HttpResponse<String> health = HttpClient.newHttpClient()
					.send(HttpRequest.newBuilder(far.uri().resolve("/actuator/health")).build(),
							HttpResponse.BodyHandlers.ofString());
				assertThat(health.statusCode()).as(health.body()).isEqualTo(200);
				assertThat(client.tryCall(far.uri(), "count").body()).contains("\"text\":\"" + (i + 1) + "\"");
			}
		}
	}

	@Test
	void aNodeIsDownThatIsNotAmongTheNodes() throws Exception {
		AtomicReference<JsonNode> down = new AtomicReference<>();
		await().atMost(Duration.ofSeconds(5)).pollInterval(Duration.ofMillis(10)).until(() -> {
			RedisProcess.command(this.port, "DEL mcp:session:test:{cluster}:nodes");
			down.set(mcpSession(get("/actuator/health")));
			return down.get().path("status").asString().equals("DOWN");
		});
		assertThat(down.get().at("/details/reason").asString())
			.isEqualTo("this node is not among the nodes of the store");
		await().atMost(Duration.ofSeconds(5))
			.untilAsserted(() -> assertThat(get("/actuator/health").statusCode()).isEqualTo(200));
	}

	private double breaker(String state) {
		return this.node.bean(MeterRegistry.class).get("mcp.session.store.breaker").tag("state", state).gauge().value();
	}

	private static JsonNode mcpSession(HttpResponse<String> health) {
		return new JsonMapper().readTree(health.body()).at("/components/mcpSession");
	}

	private HttpResponse<String> get(String path) throws IOException, InterruptedException {
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(this.node.uri().resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
	}

}
