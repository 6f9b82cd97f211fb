package io.github.mcpsession.samples.conformance;

import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import io.modelcontextprotocol.spec.McpSchema.LoggingMessageNotification;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import org.jspecify.annotations.Nullable;

import org.springframework.ai.mcp.annotation.McpProgressToken;
import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.stereotype.Component;

/**
 * Tools that send notifications before they answer.
 */
@Component
class StreamTools {

	private static final int STEPS = 10;

	@McpTool(name = "test_tool_with_logging", description = "Sends three log messages")
	String logging(McpSyncServerExchange exchange) throws InterruptedException {
		log(exchange, "Tool execution started");
		Thread.sleep(50);
		log(exchange, "Tool processing data");
		Thread.sleep(50);
		log(exchange, "Tool execution completed");
		return "Logged three messages";
	}

	@McpTool(name = "test_tool_with_progress", description = "Reports progress three times")
	String progress(McpSyncServerExchange exchange, @McpProgressToken @Nullable Object token)
			throws InterruptedException {
		progress(exchange, token, 0, 100);
		Thread.sleep(50);
		progress(exchange, token, 50, 100);
		Thread.sleep(50);
		progress(exchange, token, 100, 100);
		return "Reported progress three times";
	}

	/**
	 * Not of the suite: long enough for a connection to be cut in its middle.
	 */
	@McpTool(name = "long_call", description = "Logs and reports progress ten times in two seconds")
	String longCall(McpSyncServerExchange exchange, @McpProgressToken @Nullable Object token)
			throws InterruptedException {
		for (int step = 1; step <= STEPS; step++) {
			log(exchange, "step " + step);
			progress(exchange, token, step, STEPS);
			Thread.sleep(200);
		}
		return "done after %d steps".formatted(STEPS);
	}

	private static void log(McpSyncServerExchange exchange, String message) {
		exchange.loggingNotification(LoggingMessageNotification.builder(LoggingLevel.INFO, message).build());
	}

	private static void progress(McpSyncServerExchange exchange, @Nullable Object token, double progress,
			double total) {
		if (token != null) {
			exchange.progressNotification(ProgressNotification.builder(token, progress).total(total).build());
		}
	}

}
