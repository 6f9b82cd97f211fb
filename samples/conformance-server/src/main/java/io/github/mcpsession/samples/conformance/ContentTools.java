package io.github.mcpsession.samples.conformance;

import java.util.List;
import java.util.Map;

import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.EmbeddedResource;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;
import io.modelcontextprotocol.spec.McpSchema.Tool;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;

/**
 * Tools that answer with each kind of content.
 */
@Component
class ContentTools {

	@McpTool(name = "test_simple_text", description = "Returns text")
	String simpleText() {
		return "This is a simple text response for testing.";
	}

	@McpTool(name = "test_image_content", description = "Returns an image")
	CallToolResult imageContent() {
		return CallToolResult.builder().addContent(Media.image()).build();
	}

	@McpTool(name = "test_audio_content", description = "Returns a sound")
	CallToolResult audioContent() {
		return CallToolResult.builder().addContent(Media.audio()).build();
	}

	@McpTool(name = "test_embedded_resource", description = "Returns a resource")
	CallToolResult embeddedResource() {
		return CallToolResult.builder()
			.addContent(resource("test://embedded-resource", "text/plain", "This is an embedded resource content."))
			.build();
	}

	@McpTool(name = "test_multiple_content_types", description = "Returns text, an image and a resource")
	CallToolResult multipleContentTypes() {
		return CallToolResult.builder()
			.addTextContent("Multiple content types test:")
			.addContent(Media.image())
			.addContent(
					resource("test://mixed-content-resource", "application/json", "{\"test\":\"data\",\"value\":123}"))
			.build();
	}

	@McpTool(name = "test_error_handling", description = "Always fails")
	String errorHandling() {
		throw new IllegalStateException("This tool intentionally returns an error for testing");
	}

	/**
	 * A schema that no Java method has.
	 */
	@Bean
	List<SyncToolSpecification> jsonSchema202012() {
		Map<String, Object> string = Map.of("type", "string");
		Map<String, Object> address = Map.of("$anchor", "addressDef", "type", "object", "properties",
				Map.of("street", string, "city", string));
		Map<String, Object> schema = Map.ofEntries(Map.entry("$schema", "https://json-schema.org/draft/2020-12/schema"),
				Map.entry("type", "object"), Map.entry("$defs", Map.of("address", address)),
				Map.entry("properties",
						Map.of("name", string, "address", Map.of("$ref", "#/$defs/address"), "contactMethod",
								Map.of("type", "string", "enum", List.of("phone", "email")), "phone", string, "email",
								string)),
				Map.entry("allOf", List.of(Map.of("anyOf", List.of(required("phone"), required("email"))))),
				Map.entry("if",
						Map.of("properties", Map.of("contactMethod", Map.of("const", "phone")), "required",
								List.of("contactMethod"))),
				Map.entry("then", required("phone")), Map.entry("else", required("email")),
				Map.entry("additionalProperties", false));
		return List.of(SyncToolSpecification.builder()
			.tool(Tool.builder("json_schema_2020_12_tool", schema).description("Has a schema of many words").build())
			.callHandler((exchange, request) -> CallToolResult.builder().addTextContent("Valid").build())
			.build());
	}

	private static Map<String, Object> required(String property) {
		return Map.of("required", List.of(property));
	}

	static EmbeddedResource resource(String uri, String mimeType, String text) {
		return EmbeddedResource.builder(TextResourceContents.builder(uri, text).mimeType(mimeType).build()).build();
	}

}
