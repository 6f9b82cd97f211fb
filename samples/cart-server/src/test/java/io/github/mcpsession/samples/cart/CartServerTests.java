package io.github.mcpsession.samples.cart;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import javax.sql.DataSource;

import io.github.mcpsession.CallerResolver;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The server with its real stores, restarted between two calls.
 */
class CartServerTests {

	@TempDir
	Path directory;

	@Test
	void theCartOutlivesTheServerOnH2() throws Exception {
		String url = "--spring.datasource.url=jdbc:h2:async:" + this.directory.resolve("cart");
		String session;
		ServletWebServerApplicationContext first = start(url);
		AtomicReference<String> sessionId = new AtomicReference<>();
		// not closed, as a client would end its session
		McpSyncClient client = connect(uri(first), sessionId);
		try {
			client.initialize();
			call(client, "add_item", Map.of("item", "tea", "quantity", 2));
			assertThat(call(client, "add_item", Map.of("item", "honey", "quantity", 1)))
				.isEqualTo("2 x tea at 4.50, 1 x honey at 5.40. Total: 14.40");
			session = sessionId.get();
		}
		finally {
			first.close();
		}
		try (ServletWebServerApplicationContext second = start(url)) {
			assertThat(post(uri(second), session, "show_cart", "{}"))
				.contains("2 x tea at 4.50, 1 x honey at 5.40. Total: 14.40");
			assertThat(post(uri(second), session, "add_item", "{\"item\":\"tea\",\"quantity\":1}"))
				.contains("1 x honey at 5.40, 3 x tea at 4.50");
			assertThat(health(second)).contains("\"db\"").doesNotContain("DOWN");
		}
	}

	@Test
	void mistakesAreExplained() {
		try (ServletWebServerApplicationContext server = start("--spring.datasource.url=jdbc:h2:mem:mistakes")) {
			McpSyncClient client = connect(uri(server), new AtomicReference<>());
			client.initialize();
			assertThat(fail(client, "checkout", Map.of())).contains("The cart is empty: there is nothing to buy");
			assertThat(fail(client, "add_item", Map.of("item", "beer", "quantity", 1)))
				.contains("The shop has no 'beer'; it has bread, coffee, honey, tea");
			assertThat(fail(client, "add_item", Map.of("item", "tea", "quantity", 0))).contains("there can be 1 to 99");
			assertThat(fail(client, "add_item", Map.of("item", "tea"))).contains("quantity");
			assertThat(fail(client, "remove_item", Map.of("item", "tea"))).contains("There is no 'tea' in the cart");
			assertThat(call(client, "show_cart", Map.of())).isEqualTo("The cart is empty");
			client.closeGracefully();
		}
	}

	@Test
	void checkoutEmptiesTheCart() {
		try (ServletWebServerApplicationContext server = start("--spring.datasource.url=jdbc:h2:mem:checkout")) {
			McpSyncClient client = connect(uri(server), new AtomicReference<>());
			client.initialize();
			call(client, "add_item", Map.of("item", "tea", "quantity", 2));
			call(client, "add_item", Map.of("item", "bread", "quantity", 1));
			assertThat(call(client, "remove_item", Map.of("item", "bread"))).doesNotContain("bread");
			assertThat(call(client, "checkout", Map.of())).isEqualTo("Bought 2 x tea at 4.50. Total: 9.00");
			assertThat(call(client, "show_cart", Map.of())).isEqualTo("The cart is empty");
			client.closeGracefully();
		}
	}

	@Test
	void anAuthenticatedCallerHasOneCartInAllItsSessions() {
		try (ServletWebServerApplicationContext server = start(List.of(CartServerApplication.class, Callers.class),
				"--spring.datasource.url=jdbc:h2:mem:callers")) {
			assertThat(callInNewSession(server, "alice", "add_item", Map.of("item", "tea", "quantity", 2)))
				.isEqualTo("2 x tea at 4.50. Total: 9.00");
			assertThat(callInNewSession(server, "alice", "show_cart", Map.of()))
				.contains("2 x tea at 4.50. Total: 9.00");
			assertThat(callInNewSession(server, "bob", "show_cart", Map.of())).contains("The cart is empty");
			assertThat(callInNewSession(server, "alice", "checkout", Map.of())).contains("Bought 2 x tea");
			assertThat(callInNewSession(server, "alice", "show_cart", Map.of())).contains("The cart is empty");
		}
	}

	private static String callInNewSession(ServletWebServerApplicationContext server, String caller, String tool,
			Map<String, Object> arguments) {
		HttpClientStreamableHttpTransport transport = HttpClientStreamableHttpTransport.builder(uri(server).toString())
			.httpRequestCustomizer((request, method, endpoint, body, context) -> request.header("X-Caller", caller))
			.build();
		try (McpSyncClient client = McpClient.sync(transport).build()) {
			client.initialize();
			return call(client, tool, arguments);
		}
	}

	/**
	 * Authentication as simple as can be, and as unsafe. Not annotated, so that no other
	 * test finds it.
	 */
	static class Callers {

		@Bean
		CallerResolver callerResolver() {
			return (request) -> request.getHeader("X-Caller");
		}

	}

	@Test
	void theRedisProfileNeedsNoDataSource() throws Exception {
		RedisServer redis = startRedis();
		try (ServletWebServerApplicationContext server = start("--spring.profiles.active=redis",
				"--spring.data.redis.host=127.0.0.1", "--spring.data.redis.port=" + redis.ports().get(0))) {
			McpSyncClient client = connect(uri(server), new AtomicReference<>());
			client.initialize();
			call(client, "add_item", Map.of("item", "tea", "quantity", 2));
			assertThat(call(client, "show_cart", Map.of())).startsWith("2 x tea");
			assertThat(server.getBeanNamesForType(DataSource.class)).isEmpty();
			assertThat(health(server)).contains("\"redis\"").doesNotContain("DOWN");
			client.closeGracefully();
		}
		finally {
			redis.stop();
		}
	}

	private static RedisServer startRedis() throws IOException {
		int port;
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = socket.getLocalPort();
		}
		RedisServer redis = RedisServer.newRedisServer()
			.port(port)
			.bind("127.0.0.1")
			.setting("save \"\"")
			.setting("appendonly no")
			.build();
		redis.start();
		return redis;
	}

	private static ServletWebServerApplicationContext start(String... arguments) {
		return start(List.of(CartServerApplication.class), arguments);
	}

	private static ServletWebServerApplicationContext start(List<Class<?>> sources, String... arguments) {
		return (ServletWebServerApplicationContext) new SpringApplicationBuilder(sources.toArray(Class<?>[]::new))
			.properties("server.port=0", "spring.main.banner-mode=off", "logging.level.root=warn")
			.run(arguments);
	}

	private static URI uri(ServletWebServerApplicationContext server) {
		return URI.create("http://127.0.0.1:" + server.getWebServer().getPort() + "/mcp");
	}

	private static McpSyncClient connect(URI uri, AtomicReference<String> sessionId) {
		HttpClientStreamableHttpTransport transport = HttpClientStreamableHttpTransport.builder(uri.toString())
			.httpRequestCustomizer((request, method, endpoint, body,
					context) -> request.build().headers().firstValue("Mcp-Session-Id").ifPresent(sessionId::set))
			.build();
		return McpClient.sync(transport).build();
	}

	private static String call(McpSyncClient client, String tool, Map<String, Object> arguments) {
		CallToolResult result = client.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
		assertThat(result.isError()).as(textOf(result)).isNotEqualTo(true);
		return textOf(result);
	}

	private static String fail(McpSyncClient client, String tool, Map<String, Object> arguments) {
		CallToolResult result = client.callTool(CallToolRequest.builder(tool).arguments(arguments).build());
		assertThat(result.isError()).as(textOf(result)).isTrue();
		return textOf(result);
	}

	private static String textOf(CallToolResult result) {
		return ((McpSchema.TextContent) result.content().get(0)).text();
	}

	private static String post(URI uri, String sessionId, String tool, String arguments)
			throws IOException, InterruptedException {
		String body = """
				{"jsonrpc":"2.0","id":"1","method":"tools/call","params":{"name":"%s","arguments":%s}}
				""".formatted(tool, arguments);
		return send(HttpRequest.newBuilder(uri)
			.header("Content-Type", "application/json")
			.header("Accept", "application/json, text/event-stream")
			.header("Mcp-Session-Id", sessionId)
			.header("MCP-Protocol-Version", "2025-11-25")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build());
	}

	private static String health(ServletWebServerApplicationContext server) throws IOException, InterruptedException {
		return send(HttpRequest.newBuilder(uri(server).resolve("/actuator/health")).build());
	}

	private static String send(HttpRequest request) throws IOException, InterruptedException {
		HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		return response.body();
	}

}
