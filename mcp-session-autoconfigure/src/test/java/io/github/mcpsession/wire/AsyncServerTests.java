package io.github.mcpsession.wire;

import java.util.List;

import io.github.mcpsession.SessionRestoreMarker;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.ai.mcp.annotation.McpTool;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An asynchronous MCP server, on virtual threads where the JDK has them.
 */
class AsyncServerTests {

	private static Node start(String name) {
		return Node.start(List.of(TestApplication.class, AsyncTools.class), name, TestServers.redisProperties(),
				"spring.ai.mcp.server.type=ASYNC", "spring.threads.virtual.enabled=true");
	}

	@Test
	void sessionsAndAnswersAreSharedAsWithASynchronousServer() {
		try (Node a = start("A"); Node b = start("B")) {
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(client.call(a.uri(), "who")).isEqualTo(client.sessionId() + " false");
			assertThat(client.call(b.uri(), "who")).isEqualTo(client.sessionId() + " true");
			client.request(b.uri(), "logging/setLevel", "{\"level\":\"error\"}");
			EventStreamReader call = client.callStreaming(a.uri(), "ask", "{}");
			String id = call.awaitMethod("elicitation/create").path("id").asString();
			assertThat(client.answer(b.uri(), id, "{\"action\":\"decline\"}").statusCode()).isEqualTo(202);
			assertThat(call.awaitText()).isEqualTo("DECLINE");
			assertThat(client.delete(b.uri()).statusCode()).isEqualTo(200);
			RawClient.assertNotFound(client.tryCall(a.uri(), "who"));
		}
	}

	static class AsyncTools {

		@McpTool(name = "who", description = "The session id")
		public Mono<String> who(McpAsyncServerExchange exchange) {
			return Mono.just(exchange.sessionId() + " " + SessionRestoreMarker.isRestored(exchange.transportContext()));
		}

		@McpTool(name = "ask", description = "Asks the user")
		public Mono<String> ask(McpAsyncServerExchange exchange) {
			return exchange
				.createElicitation(new McpSchema.ElicitFormRequest("q",
						java.util.Map.of("type", "object", "properties",
								java.util.Map.of("answer", java.util.Map.of("type", "string"))),
						null))
				.map((result) -> result.action().name());
		}

	}

}
