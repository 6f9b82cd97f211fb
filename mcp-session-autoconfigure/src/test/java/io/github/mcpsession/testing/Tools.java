package io.github.mcpsession.testing;

import java.util.Map;
import java.util.function.BiFunction;

import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema;

/**
 * Tools of servers that are built without Spring AI's annotations.
 */
public final class Tools {

	private Tools() {
	}

	/**
	 * A tool that takes any arguments and answers with a text.
	 */
	public static McpServerFeatures.SyncToolSpecification tool(String name,
			BiFunction<McpSyncServerExchange, Map<String, Object>, String> handler) {
		return McpServerFeatures.SyncToolSpecification.builder()
			.tool(McpSchema.Tool.builder(name, Map.of("type", "object")).build())
			.callHandler((exchange, request) -> McpSchema.CallToolResult.builder()
				.addTextContent(handler.apply(exchange, request.arguments()))
				.build())
			.build();
	}

}
