package io.github.mcpsession.testing;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

import io.github.mcpsession.CallConnection;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionRestoreMarker;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;

import org.springframework.ai.mcp.annotation.McpMeta;
import org.springframework.ai.mcp.annotation.McpPrompt;
import org.springframework.ai.mcp.annotation.McpResource;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.McpToolParam;
import org.springframework.ai.mcp.customizer.McpSyncServerCustomizer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;

/**
 * An ordinary Spring AI MCP server with our starter: what a user would have.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = { ManagementWebSecurityAutoConfiguration.class,
		ServletWebSecurityAutoConfiguration.class, UserDetailsServiceAutoConfiguration.class })
@Import(TestApplication.TestTools.class)
public class TestApplication {

	public static void main(String[] args) {
		SpringApplication.run(TestApplication.class, args);
	}

	@Bean
	BiConsumer<McpSyncServerExchange, List<McpSchema.Root>> rootsChanged(ObjectProvider<SessionManager> sessions) {
		return (exchange, roots) -> sessions.getObject()
			.attributes(exchange.sessionId())
			.put("roots", roots.stream().map(McpSchema.Root::uri).toList());
	}

	/**
	 * Spring AI offers no property for resource subscriptions.
	 */
	@Bean
	@Primary
	McpSyncServerCustomizer subscriptions() {
		return (server) -> server.immediateExecution(true)
			.capabilities(McpSchema.ServerCapabilities.builder()
				.tools(true)
				.prompts(true)
				.resources(true, true)
				.logging()
				.build());
	}

	static class TestTools {

		private final ObjectProvider<SessionManager> sessions;

		private final String node;

		private final ObjectProvider<McpSyncServer> server;

		private final ObjectProvider<McpStreamableServerTransportProvider> transport;

		TestTools(ObjectProvider<SessionManager> sessions, ObjectProvider<McpSyncServer> server,
				ObjectProvider<McpStreamableServerTransportProvider> transport, Environment environment) {
			this.transport = transport;
			this.sessions = sessions;
			this.server = server;
			this.node = environment.getProperty("test.node", "?");
		}

		@McpTool(name = "whoami", description = "The session id")
		public String whoami(McpSyncServerExchange exchange) {
			return exchange.sessionId();
		}

		@McpTool(name = "node", description = "The node that serves this call")
		public String node() {
			return this.node;
		}

		@McpTool(name = "restored", description = "Whether the session was restored for this call")
		public String restored(McpSyncServerExchange exchange) {
			return Boolean.toString(SessionRestoreMarker.isRestored(exchange.transportContext()));
		}

		@McpTool(name = "count", description = "Counts the calls of this session")
		public String count(McpSyncServerExchange exchange) {
			Integer count = this.sessions.getObject()
				.attributes(exchange.sessionId())
				.update("count", Integer.class, (current) -> (current != null) ? current + 1 : 1);
			return String.valueOf(count);
		}

		@McpTool(name = "attribute", description = "Reads an attribute of the session")
		public String attribute(McpSyncServerExchange exchange, @McpToolParam(description = "name") String name) {
			Optional<Object> value = this.sessions.getObject().attributes(exchange.sessionId()).get(name, Object.class);
			return value.map(String::valueOf).orElse("none");
		}

		@McpTool(name = "keep", description = "Sets an attribute of the session")
		public String keep(McpSyncServerExchange exchange, @McpToolParam(description = "name") String name,
				@McpToolParam(description = "length") int length) {
			this.sessions.getObject().attributes(exchange.sessionId()).put(name, "x".repeat(length));
			return "kept";
		}

		@McpTool(name = "log", description = "Sends a log message of each level")
		public String log(McpSyncServerExchange exchange) {
			for (LoggingLevel level : List.of(LoggingLevel.DEBUG, LoggingLevel.INFO, LoggingLevel.ERROR)) {
				exchange.loggingNotification(McpSchema.LoggingMessageNotification.builder()
					.level(level)
					.logger(this.node)
					.data("a " + level + " message")
					.build());
			}
			return "logged";
		}

		@McpTool(name = "progress", description = "Sends some progress")
		public String progress(McpSyncServerExchange exchange, McpMeta meta) {
			for (int i = 1; i <= 3; i++) {
				exchange.progressNotification(
						new McpSchema.ProgressNotification(meta.get("progressToken"), i / 3.0, 1.0, null));
			}
			return "done";
		}

		@McpTool(name = "client", description = "What is known of the client")
		public String client(McpSyncServerExchange exchange) {
			return exchange.getClientInfo().name() + " " + exchange.getClientInfo().version() + " "
					+ (exchange.getClientCapabilities().elicitation() != null);
		}

		@McpTool(name = "slow", description = "Takes its time")
		public String slow(@McpToolParam(description = "milliseconds") long millis) throws InterruptedException {
			Thread.sleep(Duration.ofMillis(millis).toMillis());
			return "done";
		}

		@McpTool(name = "ten", description = "Sends ten messages, then the result")
		public String ten(McpSyncServerExchange exchange, @McpToolParam(description = "pause") long pause)
				throws InterruptedException {
			for (int i = 1; i <= 10; i++) {
				exchange.loggingNotification(McpSchema.LoggingMessageNotification.builder()
					.level(LoggingLevel.INFO)
					.logger(this.node)
					.data("message " + i)
					.build());
				Thread.sleep(pause);
			}
			return "ten sent by " + this.node;
		}

		@McpTool(name = "notify", description = "Sends a message outside of the call")
		public String notify(McpSyncServerExchange exchange, @McpToolParam(description = "text") String text) {
			this.transport.getObject()
				.notifyClient(exchange.sessionId(), McpSchema.METHOD_NOTIFICATION_MESSAGE,
						Map.of("level", "info", "data", text))
				.block();
			return "notified";
		}

		@McpTool(name = "threads", description = "How many threads this node has")
		public String threads() {
			return String.valueOf(ManagementFactory.getThreadMXBean().getThreadCount());
		}

		@McpTool(name = "poll", description = "Lets go of its connection, then takes its time")
		public String poll(McpSyncServerExchange exchange, @McpToolParam(description = "milliseconds") long millis)
				throws InterruptedException {
			boolean closed = CallConnection.of(exchange.transportContext()).close();
			Thread.sleep(millis);
			return (closed ? "polled on " : "not closed on ") + this.node;
		}

		@McpTool(name = "elicit", description = "Asks the user")
		public String elicit(McpSyncServerExchange exchange, @McpToolParam(description = "question") String question) {
			McpSchema.ElicitResult result = exchange.createElicitation(new McpSchema.ElicitFormRequest(question,
					Map.of("type", "object", "properties", Map.of("answer", Map.of("type", "string"))), null));
			return this.node + " heard " + result.content().get("answer");
		}

		@McpTool(name = "addTool", description = "Adds a tool to this node")
		public String addTool(@McpToolParam(description = "name") String name) {
			this.server.getObject()
				.addTool(McpServerFeatures.SyncToolSpecification.builder()
					.tool(McpSchema.Tool.builder(name, Map.of("type", "object")).build())
					.callHandler((exchange, request) -> McpSchema.CallToolResult.builder().build())
					.build());
			return "added";
		}

		@McpTool(name = "update", description = "Says that a resource was updated on this node")
		public String update(@McpToolParam(description = "uri") String uri) {
			this.server.getObject().notifyResourcesUpdated(new McpSchema.ResourcesUpdatedNotification(uri));
			return "updated";
		}

		@McpResource(uri = "test://thing", name = "thing", description = "A thing")
		public String thing() {
			return "a thing";
		}

		@McpPrompt(name = "greet", description = "A greeting")
		public String greet() {
			return "Hello";
		}

	}

	static Map<String, Object> defaults() {
		return Map.of("spring.application.name", "test", "spring.ai.mcp.server.protocol", "STREAMABLE", "server.port",
				"0", "spring.main.banner-mode", "off", "server.shutdown", "immediate", "spring.flyway.enabled", "false",
				"spring.liquibase.enabled", "false", "spring.ai.mcp.client.enabled", "false");
	}

}
