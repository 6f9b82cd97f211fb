package io.github.mcpsession.benchmarks;

import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.McpToolParam;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;

/**
 * A server with a tool that answers at once, and one that takes its time.
 */
@SpringBootApplication
public class EchoServer {

	public static void main(String[] args) {
		SpringApplication.run(EchoServer.class, args);
	}

	/**
	 * The tool.
	 */
	@Component
	static class Tools {

		private static final long PAUSE = 50;

		@McpTool(name = "echo", description = "Echoes a text")
		String echo(@McpToolParam(description = "The text") String text) {
			return text;
		}

		@McpTool(name = "slow", description = "Sends one notification, and takes 50 ms")
		String slow(McpSyncServerExchange exchange) throws InterruptedException {
			exchange.progressNotification(new ProgressNotification("slow", 0.5, 1.0, null));
			Thread.sleep(PAUSE);
			return "done";
		}

	}

}
