package io.github.mcpsession.samples.console;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionManager;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.ElicitFormRequest;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.modelcontextprotocol.spec.McpSchema.ResourcesUpdatedNotification;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;

import org.springframework.ai.mcp.annotation.McpProgressToken;
import org.springframework.ai.mcp.annotation.McpResource;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.customizer.McpSyncServerCustomizer;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.stereotype.Component;

/**
 * What the page calls. Only the counter knows whether sessions are managed: without, it
 * counts in the memory of the node, since there is nothing else.
 */
@Component
class NodeTools {

	private static final String NOTICE = "console://notice";

	private static final int STEPS = 10;

	private final ObjectProvider<SessionManager> sessions;

	private final ObjectProvider<McpSyncServer> server;

	private final String node;

	private final Map<String, Integer> counts = new ConcurrentHashMap<>();

	NodeTools(ObjectProvider<SessionManager> sessions, ObjectProvider<McpSyncServer> server,
			@Value("${console.node}") String node) {
		this.sessions = sessions;
		this.server = server;
		this.node = node;
	}

	@McpTool(name = "count", description = "Counts the calls of this session")
	Visit count(McpSyncServerExchange exchange) {
		String id = exchange.sessionId();
		SessionManager manager = this.sessions.getIfAvailable();
		int count = (manager != null)
				? manager.attributes(id)
					.update("count", Integer.class, (current) -> (current != null) ? current + 1 : 1)
				: this.counts.merge(id, 1, Integer::sum);
		return new Visit(count, this.node, SessionIds.mask(id));
	}

	@McpTool(name = "ask", description = "Asks the user for a name")
	String ask(McpSyncServerExchange exchange) {
		ElicitResult result = exchange.createElicitation(
				ElicitFormRequest
					.builder("What is your name?", Map.of("type", "object", "properties",
							Map.of("name", Map.of("type", "string")), "required", List.of("name")))
					.build());
		return (result.action() == ElicitResult.Action.ACCEPT) ? "Hello, %s!".formatted(result.content().get("name"))
				: "No name, then.";
	}

	@McpTool(name = "report", description = "Takes three seconds, and reports progress")
	String report(McpSyncServerExchange exchange, @McpProgressToken Object token) throws InterruptedException {
		for (int step = 1; step <= STEPS; step++) {
			exchange
				.progressNotification(ProgressNotification.builder(token, (double) step).total((double) STEPS).build());
			Thread.sleep(300);
		}
		return "The report is ready.";
	}

	@McpTool(name = "change", description = "Changes the notice")
	String change() {
		this.server.getObject().notifyResourcesUpdated(new ResourcesUpdatedNotification(NOTICE));
		return "The notice was changed.";
	}

	@McpResource(uri = NOTICE, name = "notice", description = "A notice", mimeType = "text/plain")
	String notice() {
		return "A notice of node " + this.node;
	}

	record Visit(int count, String node, String session) {
	}

	@Configuration(proxyBeanMethods = false)
	static class Subscriptions {

		/**
		 * Spring AI offers no property for resource subscriptions.
		 */
		@Bean
		@Primary
		McpSyncServerCustomizer subscribableResources() {
			return (server) -> server.immediateExecution(true)
				.capabilities(ServerCapabilities.builder().tools(true).resources(true, true).build());
		}

	}

}
