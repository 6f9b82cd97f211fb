package io.github.mcpsession.samples.failover;

import io.github.mcpsession.SessionManager;
import io.modelcontextprotocol.server.McpSyncServerExchange;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.context.WebServerPortFileWriter;
import org.springframework.stereotype.Component;

/**
 * An MCP server with one tool, which counts in a session attribute.
 */
@SpringBootApplication
public class FailoverServer {

	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(FailoverServer.class);
		// the system property 'portfile' says where
		application.addListeners(new WebServerPortFileWriter());
		application.run(args);
	}

	@Component
	static class CountingTool {

		private final SessionManager sessions;

		private final String node;

		CountingTool(SessionManager sessions, @Value("${failover.node}") String node) {
			this.sessions = sessions;
			this.node = node;
		}

		@McpTool(name = "count", description = "Counts the calls of this session")
		Visit count(McpSyncServerExchange exchange) {
			Integer count = this.sessions.attributes(exchange.sessionId())
				.update("count", Integer.class, (current) -> (current != null) ? current + 1 : 1);
			return new Visit(count, this.node, exchange.sessionId());
		}

	}

}
