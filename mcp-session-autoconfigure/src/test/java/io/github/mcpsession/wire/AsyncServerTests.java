package io.github.mcpsession.wire;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.github.mcpsession.SessionRestoreMarker;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An asynchronous MCP server, on virtual threads where the JDK has them.
 */
class AsyncServerTests {

	private static Node start(String name) {
		return Node.start(List.of(TestApplication.class, AsyncTools.class, Callers.class), name,
				TestServers.redisProperties(), "spring.ai.mcp.server.type=ASYNC",
				"spring.threads.virtual.enabled=true");
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

	/**
	 * All timers of the JVM share the threads on which such a tool goes on.
	 */
	@Test
	void nothingWaitsForTheStoreOnThreadsThatMustNotBlock() {
		try (Node a = start("A")) {
			Callers callers = a.bean(Callers.class);
			RawClient client = new RawClient().initialize(a.uri());
			EventStreamReader stream = client.listening(a.uri());
			stream.awaitEvents(1);
			assertThat(client.callStreaming(a.uri(), "later", "{}").awaitText()).startsWith("parallel-");
			stream.awaitMethod("notifications/message");
			stream.awaitMethod("notifications/tools/list_changed");
			assertThat(callers.threads).isNotEmpty()
				.noneMatch((thread) -> thread.startsWith("parallel-"))
				.noneMatch((thread) -> thread.startsWith("reactor-"));
		}
	}

	/**
	 * Knows the names of the threads that call the event log and the channel.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Callers implements BeanPostProcessor {

		final Set<String> threads = ConcurrentHashMap.newKeySet();

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			return !(bean instanceof EventLog || bean instanceof NodeChannel) ? bean : Proxy.newProxyInstance(
					getClass().getClassLoader(), ClassUtils.getAllInterfaces(bean), (proxy, method, arguments) -> {
						this.threads.add(Thread.currentThread().getName());
						return method.invoke(bean, arguments);
					});
		}

	}

	static class AsyncTools {

		private final ObjectProvider<McpStreamableServerTransportProvider> transport;

		AsyncTools(ObjectProvider<McpStreamableServerTransportProvider> transport) {
			this.transport = transport;
		}

		@McpTool(name = "later", description = "Goes on when a timer fires")
		public Mono<String> later(McpAsyncServerExchange exchange) {
			return Mono.delay(Duration.ofMillis(100))
				.then(Mono.defer(() -> this.transport.getObject()
					.notifyClient(exchange.sessionId(), McpSchema.METHOD_NOTIFICATION_MESSAGE,
							Map.of("level", "info", "data", "x"))))
				.then(Mono.delay(Duration.ofMillis(10)))
				.then(Mono.defer(() -> this.transport.getObject()
					.notifyClients(McpSchema.METHOD_NOTIFICATION_TOOLS_LIST_CHANGED, null)))
				.then(Mono.delay(Duration.ofMillis(10)))
				.then(Mono.defer(() -> exchange.loggingNotification(McpSchema.LoggingMessageNotification.builder()
					.level(McpSchema.LoggingLevel.ERROR)
					.data("x")
					.build())))
				.then(Mono.delay(Duration.ofMillis(10)))
				.map((timer) -> Thread.currentThread().getName());
		}

		@McpTool(name = "who", description = "The session id")
		public Mono<String> who(McpAsyncServerExchange exchange) {
			return Mono.just(exchange.sessionId() + " " + SessionRestoreMarker.isRestored(exchange.transportContext()));
		}

		@McpTool(name = "ask", description = "Asks the user")
		public Mono<String> ask(McpAsyncServerExchange exchange) {
			return exchange
				.createElicitation(new McpSchema.ElicitFormRequest("q",
						Map.of("type", "object", "properties", Map.of("answer", Map.of("type", "string"))), null))
				.map((result) -> result.action().name());
		}

	}

}
