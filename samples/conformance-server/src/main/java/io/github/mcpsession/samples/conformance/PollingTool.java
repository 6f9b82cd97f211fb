package io.github.mcpsession.samples.conformance;

import io.github.mcpsession.CallConnection;
import io.modelcontextprotocol.server.McpSyncServerExchange;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.stereotype.Component;

/**
 * A tool that lets go of the connection while it works. The client comes back for the
 * result.
 */
@Component
class PollingTool {

	@McpTool(name = "test_reconnection", description = "Closes the connection before it answers")
	String reconnection(McpSyncServerExchange exchange) throws InterruptedException {
		boolean closed = CallConnection.of(exchange.transportContext()).close();
		Thread.sleep(100);
		return closed ? "The connection was closed, and this came after it" : "The connection could not be closed";
	}

}
