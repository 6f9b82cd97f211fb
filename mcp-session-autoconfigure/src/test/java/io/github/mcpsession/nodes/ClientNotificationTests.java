package io.github.mcpsession.nodes;

import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.redis.RedisNodeChannel;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.TestServers;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpNotificationHandler;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.DefaultMcpStreamableServerSessionFactory;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.autoconfigure.McpServerStreamableHttpWebMvcAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.transport.WebMvcStreamableServerTransportProvider;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a client says about a running request reaches the node that runs it. The SDK's
 * server has no handlers for that, so this one is put together by hand.
 */
class ClientNotificationTests {

	private static final List<String> heard = new CopyOnWriteArrayList<>();

	private static final String WATCHER = "00000000000000ff";

	private static Node nodeA;

	private static Node nodeB;

	private static Node servletA;

	private static Node servletB;

	@BeforeAll
	static void startNodes() {
		List<Class<?>> sources = List.of(HandMadeServer.class);
		nodeA = Node.start(sources, "A", TestServers.redisProperties());
		nodeB = Node.start(sources, "B", TestServers.redisProperties());
		servletA = Node.start(sources, "A", TestServers.redisProperties(), "test.servlet=true");
		servletB = Node.start(sources, "B", TestServers.redisProperties(), "test.servlet=true");
	}

	@AfterAll
	static void stopNodes() {
		List.of(nodeA, nodeB, servletA, servletB).forEach(Node::close);
	}

	@BeforeEach
	void forget() {
		heard.clear();
	}

	private static String cancelled(String requestId) {
		return """
				{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s,"reason":"why not"}}
				""".formatted(requestId);
	}

	@Test
	void aCancellationReachesTheNodeThatRunsTheRequest() {
		cancellationReaches(nodeA.uri(), nodeB.uri());
		heard.clear();
		cancellationReaches(nodeB.uri(), nodeB.uri());
	}

	@Test
	void alsoWithTheServletTransport() {
		cancellationReaches(servletA.uri(), servletB.uri());
	}

	private void cancellationReaches(URI runsOn, URI told) {
		RawClient client = new RawClient().initialize(runsOn);
		CompletableFuture<?> call = client.callAsync(runsOn, "x", "{}");
		await().until(() -> heard.stream().anyMatch((line) -> line.endsWith(" runs")));
		String runner = heard.get(0).substring(0, 1);
		assertThat(client.post(told, cancelled("1")).statusCode()).isEqualTo(202);
		await().atMost(Duration.ofSeconds(2)).until(() -> heard.size() == 2);
		assertThat(heard.get(1)).isEqualTo(runner + " cancelled");
		call.join();
	}

	@Test
	void aRequestWithAHugeIdIsCancelledTooAndIsNotInRedis() {
		RawClient client = new RawClient().initialize(nodeA.uri());
		String id = "\"" + "A".repeat(5_000_000) + "\"";
		CompletableFuture<HttpResponse<String>> call = CompletableFuture.supplyAsync(() -> client.post(nodeA.uri(), """
				{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"x","arguments":{}}}
				""".formatted(id)));
		await().until(() -> heard.contains("A runs"));
		assertThat(client.post(nodeA.uri(), cancelled(id)).statusCode()).isEqualTo(202);
		await().atMost(Duration.ofSeconds(2)).until(() -> heard.contains("A cancelled"));
		HttpResponse<String> response = call.join();
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).contains("\"id\":" + id).doesNotContain("id: c");
		assertThat(RedisKeyspace.sessions("*").stream().filter((key) -> key.contains(client.sessionId()))).hasSize(1);
	}

	@Test
	void progressReachesTheNodeThatAsked() {
		RawClient client = new RawClient().initialize(nodeA.uri());
		RawClient stranger = new RawClient().initialize(nodeA.uri());
		EventStreamReader call = client.callStreaming(nodeA.uri(), "ask", "{}");
		String id = call.awaitMethod("elicitation/create").path("id").asString();
		assertThat(stranger.post(nodeB.uri(), progress("\"token\"")).statusCode()).isEqualTo(202);
		assertThat(client.post(nodeB.uri(), progress("\"another\"")).statusCode()).isEqualTo(202);
		assertThat(client.post(nodeB.uri(), progress("\"token\"")).statusCode()).isEqualTo(202);
		await().atMost(Duration.ofSeconds(2)).until(() -> !heard.isEmpty());
		assertThat(client.post(nodeA.uri(), progress("\"token\"")).statusCode()).isEqualTo(202);
		assertThat(client.answer(nodeB.uri(), id, "{\"action\":\"decline\"}").statusCode()).isEqualTo(202);
		await().atMost(Duration.ofSeconds(2)).until(call::hasEnded);
		assertThat(heard).containsExactly("A progress", "A progress");
	}

	private static String progress(String token) {
		return """
				{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%s,"progress":1}}
				""".formatted(token);
	}

	/**
	 * Of a notification that is sent to all nodes only what they need is put into the
	 * store.
	 */
	@Test
	void ofALargeNotificationOnlyLittleTravels() throws Exception {
		LettuceConnectionFactory connection = RedisKeyspace.connect(TestServers.redisPort());
		RedisNodeChannel watcher = new RedisNodeChannel(connection, "mcp:session", "test");
		try {
			watcher.heartbeat(WATCHER, Duration.ofMinutes(1));
			ofALargeNotificationOnlyLittleTravels(watcher);
		}
		finally {
			watcher.leave(WATCHER);
			watcher.close();
			connection.destroy();
		}
	}

	private void ofALargeNotificationOnlyLittleTravels(NodeChannel watcher) throws InterruptedException {
		RawClient client = new RawClient().initialize(nodeA.uri());
		String large = "x".repeat(8 << 20);
		CompletableFuture<?> call = client.callAsync(nodeA.uri(), "long", "{}");
		await().until(() -> heard.size() == 1);
		assertThat(client.post(nodeB.uri(), cancelled("1").replace("why not", large)).statusCode()).isEqualTo(202);
		await().atMost(Duration.ofSeconds(2)).until(() -> heard.size() == 2);
		assertThat(heard.get(1)).isEqualTo("A cancelled");
		call.join();
		EventStreamReader asks = client.callStreaming(nodeA.uri(), "ask", "{}");
		String id = asks.awaitMethod("elicitation/create").path("id").asString();
		String progress = progress("\"token\"").replace("\"progress\":1",
				"\"progress\":1,\"total\":2,\"message\":\"" + large + "\",\"more\":\"" + large + '"');
		assertThat(client.post(nodeB.uri(), progress).statusCode()).isEqualTo(202);
		await().atMost(Duration.ofSeconds(2)).until(() -> heard.size() == 3);
		assertThat(heard.get(2)).isEqualTo("A progress");
		assertThat(received(watcher, client)).hasSize(2)
			.allSatisfy((message) -> assertThat(message.length()).isLessThan(2000))
			.anySatisfy((message) -> assertThat(message).contains("x".repeat(200)).doesNotContain("x".repeat(201)))
			.anySatisfy((message) -> assertThat(message).contains("x".repeat(1000)).contains("total"));
		String longId = "\"" + "y".repeat(300) + "\"";
		assertThat(client.post(nodeB.uri(), cancelled(longId)).statusCode()).isEqualTo(202);
		assertThat(client.post(nodeB.uri(), progress(longId)).statusCode()).isEqualTo(202);
		assertThat(client.post(nodeB.uri(), cancelled("{\"a\":1}")).statusCode()).isEqualTo(202);
		assertThat(received(watcher, client)).isEmpty();
		assertThat(client.answer(nodeB.uri(), id, "{\"action\":\"decline\"}").statusCode()).isEqualTo(202);
		asks.awaitEnd();
	}

	/**
	 * What one more node receives that is about the session.
	 */
	private static List<String> received(NodeChannel channel, RawClient client) throws InterruptedException {
		List<String> messages = new ArrayList<>();
		List<String> batch;
		do {
			batch = channel.receive(WATCHER, Duration.ofMillis(200));
			batch.stream()
				.filter((message) -> message.contains(client.sessionId()) && message.contains("CLIENT_NOTIFICATION"))
				.forEach(messages::add);
		}
		while (!batch.isEmpty());
		return messages;
	}

	@Test
	void anAnswerThatIsTooLargeForAnotherNodeIsRefused() {
		RawClient client = new RawClient().initialize(nodeA.uri());
		EventStreamReader asks = client.callStreaming(nodeA.uri(), "ask", "{}");
		String id = asks.awaitMethod("elicitation/create").path("id").asString();
		String large = "{\"action\":\"accept\",\"content\":{\"a\":\"%s\"}}".formatted("x".repeat(1 << 20));
		HttpResponse<String> refused = client.answer(nodeB.uri(), id, large);
		assertThat(refused.statusCode()).isEqualTo(413);
		assertThat(refused.body()).startsWith("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,");
		assertThat(asks.hasEnded()).isFalse();
		// where it is needed it has not far to go
		assertThat(client.answer(nodeA.uri(), id, large).statusCode()).isEqualTo(202);
		asks.awaitEnd();
	}

	@Test
	void aStrangerCannotCancel() {
		RawClient client = new RawClient().initialize(nodeA.uri());
		RawClient stranger = new RawClient().initialize(nodeA.uri());
		CompletableFuture<?> call = client.callAsync(nodeA.uri(), "x", "{}");
		await().until(() -> heard.size() == 1);
		assertThat(stranger.post(nodeA.uri(), cancelled("1")).statusCode()).isEqualTo(202);
		assertThat(stranger.post(nodeB.uri(), cancelled("1")).statusCode()).isEqualTo(202);
		// another id, or the same digit as text, is another request
		assertThat(client.post(nodeB.uri(), cancelled("2")).statusCode()).isEqualTo(202);
		assertThat(client.post(nodeB.uri(), cancelled("\"1\"")).statusCode()).isEqualTo(202);
		call.join();
		assertThat(heard).containsExactly("A runs");
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = { McpServerAutoConfiguration.class,
			McpServerStreamableHttpWebMvcAutoConfiguration.class, ManagementWebSecurityAutoConfiguration.class,
			ServletWebSecurityAutoConfiguration.class, UserDetailsServiceAutoConfiguration.class })
	static class HandMadeServer {

		@Bean
		@ConditionalOnProperty("test.servlet")
		HttpServletStreamableServerTransportProvider servletTransport() {
			return HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/mcp").build();
		}

		@Bean
		@ConditionalOnProperty("test.servlet")
		ServletRegistrationBean<HttpServletStreamableServerTransportProvider> servlet(
				HttpServletStreamableServerTransportProvider transport) {
			return new ServletRegistrationBean<>(transport, "/mcp/*");
		}

		@Bean
		@ConditionalOnProperty(name = "test.servlet", havingValue = "false", matchIfMissing = true)
		WebMvcStreamableServerTransportProvider webMvcTransport() {
			return WebMvcStreamableServerTransportProvider.builder().build();
		}

		@Bean
		@ConditionalOnProperty(name = "test.servlet", havingValue = "false", matchIfMissing = true)
		RouterFunction<ServerResponse> routes(WebMvcStreamableServerTransportProvider transport) {
			return transport.getRouterFunction();
		}

		@Bean
		Object server(McpStreamableServerTransportProvider transport, Environment environment) {
			String node = environment.getRequiredProperty("test.node");
			McpRequestHandler<Object> slow = (exchange, params) -> String.valueOf(params).contains("name=ask")
					? ask(exchange) : Mono.fromCallable(() -> {
						heard.add(node + " runs");
						return Map.of();
					})
						.delayElement(String.valueOf(params).contains("name=long") ? Duration.ofSeconds(3)
								: Duration.ofMillis(700))
						.cast(Object.class);
			McpNotificationHandler initialized = (exchange, params) -> Mono.empty();
			McpNotificationHandler cancelled = (exchange, params) -> Mono
				.fromRunnable(() -> heard.add(node + " cancelled"));
			McpNotificationHandler progress = (exchange, params) -> Mono
				.fromRunnable(() -> heard.add(node + " progress"));
			transport.setSessionFactory(new DefaultMcpStreamableServerSessionFactory(Duration.ofSeconds(10),
					(request) -> Mono.just(new McpSchema.InitializeResult(request.protocolVersion(),
							McpSchema.ServerCapabilities.builder().build(), new McpSchema.Implementation("x", "1"),
							null)),
					Map.of("tools/call", slow), Map.of("notifications/initialized", initialized,
							"notifications/cancelled", cancelled, "notifications/progress", progress),
					(sessionId) -> Mono.empty(), null));
			return new Object();
		}

		private static Mono<Object> ask(McpAsyncServerExchange exchange) {
			return exchange
				.createElicitation(new McpSchema.ElicitFormRequest("q", Map.of("type", "object"),
						Map.of("progressToken", "token")))
				.map((result) -> Map.of());
		}

	}

}
