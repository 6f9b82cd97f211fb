package io.github.mcpsession.actuate;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.testing.ActuatorClient;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.MoreServers;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.micrometer.core.instrument.MeterRegistry;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What operators see of an application that has several MCP servers: all of them.
 */
class SeveralServersReportTests {

	private static final String HANGS = "hangs";

	private static final HttpClient http = HttpClient.newHttpClient();

	@AutoClose
	private static Node node;

	@BeforeAll
	static void start() {
		node = Node.start(List.of(TestApplication.class, MoreServers.class, HangingStore.class), "A",
				List.of("mcp.session.store-timeout=500ms", "management.endpoint.health.show-details=always",
						"management.endpoints.web.exposure.include=health,mcpsessions",
						"management.endpoint.mcpsessions.access=unrestricted"));
	}

	private static URI at(String endpoint) {
		return node.uri().resolve(endpoint);
	}

	@Test
	void sessionsAndStreamsAreAddedUp() throws Exception {
		RawClient first = new RawClient().initialize(at("/mcp"));
		RawClient second = new RawClient().initialize(at("/second"));
		assertThat(gauge("active")).isEqualTo(2);
		assertThat(health().at("/details/sessions").asInt()).isEqualTo(2);
		EventStreamReader firstStream = first.listening(at("/mcp"));
		EventStreamReader secondStream = second.listening(at("/second"));
		await().untilAsserted(() -> assertThat(gauge("streams", "kind", "listening")).isEqualTo(2));
		firstStream.cut();
		secondStream.cut();
		first.delete(at("/mcp"));
		assertThat(gauge("active")).isOne();
		second.delete(at("/second"));
		assertThat(gauge("active")).isZero();
	}

	@Test
	void theStoreIsAwayIfOneServerSaysSo() throws Exception {
		RawClient client = new RawClient().initialize(at("/second"));
		String unknown = client.sessionId().replaceFirst("\\..*", "." + HANGS);
		assertThat(health().path("status").asString()).isEqualTo("UP");
		// soon after a call is let through, which may be that of the indicator
		await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
			assertThat(new RawClient().sessionId(unknown).tryCall(at("/second"), "node").statusCode()).isEqualTo(503);
			assertThat(gauge("store.breaker", "state", "open")).isOne();
			assertThat(gauge("store.breaker", "state", "closed")).isZero();
			JsonNode down = health();
			assertThat(down.path("status").asString()).isEqualTo("DOWN");
			assertThat(down.at("/details/reason").asString())
				.isEqualTo("store unreachable, serving local sessions only");
		});
		await().atMost(Duration.ofSeconds(10))
			.untilAsserted(() -> assertThat(health().path("status").asString()).isEqualTo("UP"));
		assertThat(gauge("store.breaker", "state", "closed")).isOne();
		client.delete(at("/second"));
	}

	@Test
	void theEndpointShowsAndEndsTheSessionsOfAll() {
		ActuatorClient actuator = new ActuatorClient(node);
		for (String endpoint : List.of("/mcp", "/second", "/third")) {
			RawClient client = new RawClient().initialize(at(endpoint));
			EventStreamReader stream = client.listening(at(endpoint));
			await().until(() -> node.manager().find(client.sessionId()).orElseThrow().listener() != null);
			JsonNode session = actuator.sessions(10)
				.stream()
				.filter((listed) -> listed.get("session").asString().equals(SessionIds.mask(client.sessionId())))
				.findFirst()
				.orElseThrow();
			assertThat(actuator.page(null, 1).get("nodes").valueStream().map((listed) -> listed.get("name").asString()))
				.contains(session.get("listeningOn").asString(), node.nodeName());
			assertThat(actuator.delete(session.get("handle").asString()).statusCode()).isEqualTo(204);
			stream.awaitEnd();
			assertThat(client.tryCall(at(endpoint), "node").statusCode()).isEqualTo(404);
		}
	}

	@Test
	void aServerThatComesLaterCounts() throws Exception {
		try (Node late = Node.start("B", List.of("management.endpoint.health.show-details=always"))) {
			McpStreamableServerTransportProvider transport = late.bean(ManagedServers.class)
				.manage("/late", HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/late").build());
			assertThat(health(late).path("status").asString()).isEqualTo("UNKNOWN");
			McpSyncServer server = McpServer.sync(transport).serverInfo("late", "1").build();
			assertThat(health(late).path("status").asString()).isEqualTo("UP");
			server.close();
		}
	}

	private static double gauge(String name, String... tags) {
		return node.bean(MeterRegistry.class).get("mcp.session." + name).tags(tags).gauge().value();
	}

	private static JsonNode health() throws IOException, InterruptedException {
		return health(node);
	}

	private static JsonNode health(Node node) throws IOException, InterruptedException {
		URI uri = node.uri().resolve("/actuator/health");
		HttpResponse<String> response = http.send(HttpRequest.newBuilder(uri).build(),
				HttpResponse.BodyHandlers.ofString());
		return new JsonMapper().readTree(response.body()).at("/components/mcpSession");
	}

	/**
	 * Gives no answer about some sessions. Not the store in memory itself, which is not
	 * guarded.
	 */
	@Configuration(proxyBeanMethods = false)
	static class HangingStore {

		@Bean
		ListableSessionStore hangingStore() {
			MemorySessionStore memory = new MemorySessionStore();
			return (ListableSessionStore) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { ListableSessionStore.class }, (proxy, method, arguments) -> {
						if (arguments != null && arguments[0] instanceof String id && id.endsWith(HANGS)) {
							Thread.sleep(Duration.ofMinutes(1).toMillis());
						}
						try {
							return method.invoke(memory, arguments);
						}
						catch (InvocationTargetException ex) {
							throw ex.getCause();
						}
					});
		}

	}

}
