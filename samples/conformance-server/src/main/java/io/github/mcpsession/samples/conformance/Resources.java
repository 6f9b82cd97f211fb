package io.github.mcpsession.samples.conformance;

import java.util.List;

import io.modelcontextprotocol.spec.McpSchema.BlobResourceContents;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;

import org.springframework.ai.mcp.annotation.McpResource;
import org.springframework.stereotype.Component;

/**
 * Resources of each kind.
 */
@Component
class Resources {

	@McpResource(uri = "test://static-text", name = "static-text", description = "A text", mimeType = "text/plain")
	String staticText() {
		return "This is the content of the static text resource.";
	}

	@McpResource(uri = "test://static-binary", name = "static-binary", description = "An image", mimeType = "image/png")
	ReadResourceResult staticBinary() {
		return ReadResourceResult
			.builder(List
				.of(BlobResourceContents.builder("test://static-binary", Media.PNG).mimeType("image/png").build()))
			.build();
	}

	@McpResource(uri = "test://template/{id}/data", name = "template", description = "As many as there are ids",
			mimeType = "application/json")
	String template(String id) {
		return "{\"id\":\"%s\",\"templateTest\":true,\"data\":\"Data for ID: %s\"}".formatted(id, id);
	}

	@McpResource(uri = "test://watched-resource", name = "watched-resource", description = "To subscribe to",
			mimeType = "text/plain")
	String watched() {
		return "Watched resource content";
	}

}
