package io.github.mcpsession.samples.hazelcast;

import java.util.Map;

import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.McpToolParam;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;

/**
 * An MCP server each of whose replicas is a Hazelcast member.
 */
@SpringBootApplication
public class HazelcastStoreApplication {

	public static void main(String[] args) {
		SpringApplication.run(HazelcastStoreApplication.class, args);
	}

	/**
	 * Tools that need the session, the client or some time.
	 */
	@Component
	static class Tools {

		@McpTool(name = "whoami", description = "The id of the session")
		String whoami(McpSyncServerExchange exchange) {
			return exchange.sessionId();
		}

		@McpTool(name = "ask", description = "Asks the user for a word")
		String ask(McpSyncServerExchange exchange) {
			McpSchema.ElicitResult result = exchange.createElicitation(new McpSchema.ElicitFormRequest("A word?",
					Map.of("type", "object", "properties", Map.of("word", Map.of("type", "string"))), null));
			return "heard " + result.content().get("word");
		}

		@McpTool(name = "slow", description = "Takes its time")
		String slow(@McpToolParam(description = "milliseconds") long millis) throws InterruptedException {
			Thread.sleep(millis);
			return "done";
		}

	}

}
