package io.github.mcpsession.wire;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionRestoreMarker;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.ServletServer;
import io.github.mcpsession.testing.TestServers;
import io.github.mcpsession.testing.Tools;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The SDK's own servlet transport in a Boot application without Spring AI.
 */
class ServletTransportTests {

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	private static URI a;

	private static URI b;

	@BeforeAll
	static void startNodes() {
		List<Class<?>> sources = List.of(ServletServer.class, Server.class);
		nodeA = Node.start(sources, "A", TestServers.redisProperties());
		nodeB = Node.start(sources, "B", TestServers.redisProperties());
		a = nodeA.uri();
		b = nodeB.uri();
	}

	@Test
	void aSessionIsServedByTheOtherNode() {
		RawClient client = new RawClient().initialize(a);
		assertThat(client.call(a, "count")).isEqualTo("1 " + client.sessionId() + " false");
		assertThat(client.call(b, "count")).isEqualTo("2 " + client.sessionId() + " true");
		assertThat(client.call(b, "count")).isEqualTo("3 " + client.sessionId() + " false");
		assertThat(client.call(a, "count")).isEqualTo("4 " + client.sessionId() + " false");
	}

	@Test
	void theLogLevelIsShared() {
		RawClient client = new RawClient().initialize(a);
		client.request(a, "logging/setLevel", "{\"level\":\"error\"}");
		assertThat(client.tryCall(b, "log").body()).doesNotContain("notifications/message");
		client.request(b, "logging/setLevel", "{\"level\":\"info\"}");
		assertThat(client.tryCall(a, "log").body()).contains("notifications/message");
	}

	@Test
	void aSessionDeletedOnOneNodeIsGoneOnTheOther() {
		RawClient client = new RawClient().initialize(a);
		client.call(b, "count");
		assertThat(client.delete(b).statusCode()).isEqualTo(200);
		RawClient.assertNotFound(client.tryCall(a, "count"));
		RawClient.assertNotFound(client.get(b));
	}

	@Test
	void firstCallsOnAColdNodeAllSucceed() {
		RawClient client = new RawClient().initialize(a);
		var calls = IntStream.range(0, 40).mapToObj((i) -> client.callAsync(b, "count", "{}")).toList();
		CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).join();
		assertThat(calls.stream().filter((call) -> RawClient.textOf(call.join().body()).endsWith("true"))).hasSize(1);
	}

	/**
	 * The SDK runs the tools of such a server on the threads of
	 * {@link Schedulers#boundedElastic()}, where they wait for their answers.
	 */
	@Test
	void answersByAnotherNodeNeedNoThreadOfTheToolsThatWaitForThem() {
		RawClient client = new RawClient().initialize(a);
		List<EventStreamReader> calls = IntStream.range(0, Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE + 4)
			.mapToObj((i) -> client.callStreaming(a, "ask", "{}"))
			.toList();
		Set<String> answered = new HashSet<>();
		await().atMost(Duration.ofSeconds(10)).until(() -> {
			for (EventStreamReader call : calls) {
				for (JsonNode message : call.messages()) {
					String id = message.path("id").asString("");
					if (message.has("method") && answered.add(id)) {
						assertThat(client.answer(b, id, "{\"action\":\"accept\"}").statusCode()).isEqualTo(202);
					}
				}
			}
			return calls.stream().allMatch(EventStreamReader::hasEnded);
		});
		assertThat(calls).allSatisfy((call) -> assertThat(call.awaitText()).isEqualTo("ACCEPT"));
	}

	@Test
	void aPathBelowWhichTheTransportIsMappedIsServed() {
		URI below = URI.create(a + "/again/mcp");
		RawClient client = new RawClient().initialize(below);
		assertThat(client.call(below, "count")).startsWith("1 ");
		assertThat(client.call(b, "count")).startsWith("2 ");
		assertThat(client.delete(below).statusCode()).isEqualTo(200);
		assertThat(client.delete(a).statusCode()).isEqualTo(404);
	}

	/**
	 * A servlet of the application's own calls the transport with another path.
	 */
	@Test
	void aPathThatTheFilterDoesNotKnowIsNoWayIn() {
		RawClient client = new RawClient().initialize(a);
		client.call(a, "count");
		URI around = a.resolve("/around");
		for (HttpResponse<String> answer : List.of(client.tryCall(around, "count"), client.get(around),
				client.delete(around), new RawClient().tryInitialize(around))) {
			assertThat(answer.statusCode()).isEqualTo(500);
			assertThat(answer.body()).contains("/around").doesNotContain("stackTrace", "\tat ", "result");
			assertThat(answer.headers().firstValue("Mcp-Session-Id")).isEmpty();
		}
		assertThat(new RawClient().tryInitialize(around).body()).contains("-32603", "\"id\":\"init\"",
				"'mcp.session.endpoint'");
		assertThat(client.call(a, "count")).startsWith("2 ");
	}

	@Test
	void errorsOfTheTransportTellNothing() {
		RawClient client = new RawClient();
		assertThat(client.tryCall(a, "count").body())
			.isEqualTo(error(-32601, "Session ID required in mcp-session-id header").replace("null", "1"));
		assertThat(client.post(a, "{\"jsonrpc\":").body()).isEqualTo(error(-32600, "Invalid message format"));
		assertThat(client.get(a).body()).contains("Session ID required").doesNotContain("stackTrace");
		assertThat(client.delete(a).body()).contains("Session ID required").doesNotContain("stackTrace");
		assertThat(client.post(a, "null").body()).isEqualTo(error(-32603, "Internal error"));
		HttpResponse<String> tooLarge = client.post(a, """
				{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",
				"capabilities":{},"clientInfo":{"name":"%s","version":"1"}}}
				""".formatted("x".repeat(1_100_000)));
		assertThat(tooLarge.statusCode()).isEqualTo(413);
		assertThat(tooLarge.headers().firstValue("Mcp-Session-Id")).isEmpty();
	}

	private static String error(int code, String message) {
		return "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":" + code + ",\"message\":\"" + message + "\"}}";
	}

	@Configuration(proxyBeanMethods = false)
	static class Server {

		@Bean
		ServletRegistrationBean<HttpServlet> around(HttpServletStreamableServerTransportProvider transport) {
			return new ServletRegistrationBean<>(new HttpServlet() {

				@Override
				public void service(ServletRequest request, ServletResponse response)
						throws ServletException, IOException {
					transport.service(new HttpServletRequestWrapper((HttpServletRequest) request) {

						@Override
						public String getRequestURI() {
							return "/mcp";
						}

					}, response);
				}

			}, "/around");
		}

		@Bean
		McpSyncServer server(McpStreamableServerTransportProvider transport, SessionManager sessions) {
			return McpServer.sync(transport)
				.serverInfo("servlet", "1")
				.requestTimeout(Duration.ofSeconds(15))
				.capabilities(McpSchema.ServerCapabilities.builder().tools(true).logging().build())
				.tools(Tools.tool("count", (exchange, arguments) -> {
					Integer count = sessions.attributes(exchange.sessionId())
						.update("count", Integer.class, (current) -> (current != null) ? current + 1 : 1);
					return count + " " + exchange.sessionId() + " "
							+ SessionRestoreMarker.isRestored(exchange.transportContext());
				}), Tools.tool("log", (exchange, arguments) -> {
					exchange.loggingNotification(McpSchema.LoggingMessageNotification.builder()
						.level(McpSchema.LoggingLevel.INFO)
						.data("hello")
						.build());
					return "logged";
				}), Tools.tool("ask",
						(exchange, arguments) -> exchange
							.createElicitation(new McpSchema.ElicitFormRequest("q", Map.of("type", "object"), null))
							.action()
							.name()))
				.build();
		}

	}

}
