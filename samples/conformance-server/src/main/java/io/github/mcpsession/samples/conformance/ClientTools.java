package io.github.mcpsession.samples.conformance;

import java.util.List;
import java.util.Map;

import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageRequest;
import io.modelcontextprotocol.spec.McpSchema.CreateMessageResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitFormRequest;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.SamplingMessage;
import io.modelcontextprotocol.spec.McpSchema.TextContent;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.McpToolParam;
import org.springframework.stereotype.Component;

/**
 * Tools that ask the client something while they run. Behind a load balancer its answer
 * comes to any node.
 */
@Component
class ClientTools {

	@McpTool(name = "test_sampling", description = "Asks the client's model")
	String sampling(McpSyncServerExchange exchange, @McpToolParam(description = "What to ask") String prompt) {
		SamplingMessage message = SamplingMessage.builder(Role.USER, TextContent.builder(prompt).build()).build();
		CreateMessageResult result = exchange
			.createMessage(CreateMessageRequest.builder(List.of(message), 100).build());
		return "LLM response: " + ((result.content() instanceof TextContent text) ? text.text() : result.content());
	}

	@McpTool(name = "test_elicitation", description = "Asks the user")
	String elicitation(McpSyncServerExchange exchange, @McpToolParam(description = "What to ask") String message) {
		ElicitResult result = elicit(
				exchange, message, Map.of("username", Map.of("type", "string", "description", "User's response"),
						"email", Map.of("type", "string", "description", "User's email address")),
				List.of("username", "email"));
		return "User response: " + describe(result);
	}

	@McpTool(name = "test_elicitation_sep1034_defaults", description = "Asks the user, and suggests answers")
	String elicitationDefaults(McpSyncServerExchange exchange) {
		ElicitResult result = elicit(exchange, "Please review these defaults",
				Map.of("name", Map.of("type", "string", "default", "John Doe"), "age",
						Map.of("type", "integer", "default", 30), "score", Map.of("type", "number", "default", 95.5),
						"status",
						Map.of("type", "string", "enum", List.of("active", "inactive", "pending"), "default", "active"),
						"verified", Map.of("type", "boolean", "default", true)),
				List.of());
		return "Elicitation completed: " + describe(result);
	}

	@McpTool(name = "test_elicitation_sep1330_enums", description = "Asks the user to choose, in five ways")
	String elicitationEnums(McpSyncServerExchange exchange) {
		List<String> options = List.of("option1", "option2", "option3");
		List<Map<String, String>> titled = List.of(Map.of("const", "value1", "title", "First Option"),
				Map.of("const", "value2", "title", "Second Option"),
				Map.of("const", "value3", "title", "Third Option"));
		ElicitResult result = elicit(exchange, "Please choose",
				Map.of("untitledSingle", Map.of("type", "string", "enum", options), "titledSingle",
						Map.of("type", "string", "oneOf", titled), "legacyEnum",
						Map.of("type", "string", "enum", List.of("opt1", "opt2", "opt3"), "enumNames",
								List.of("Option One", "Option Two", "Option Three")),
						"untitledMulti", Map.of("type", "array", "items", Map.of("type", "string", "enum", options)),
						"titledMulti", Map.of("type", "array", "items", Map.of("anyOf", titled))),
				List.of());
		return "Elicitation completed: " + describe(result);
	}

	private static ElicitResult elicit(McpSyncServerExchange exchange, String message, Map<String, Object> properties,
			List<String> required) {
		return exchange.createElicitation(ElicitFormRequest
			.builder(message, Map.of("type", "object", "properties", properties, "required", required))
			.build());
	}

	private static String describe(ElicitResult result) {
		return "action=%s, content=%s".formatted(result.action().name().toLowerCase(), result.content());
	}

}
