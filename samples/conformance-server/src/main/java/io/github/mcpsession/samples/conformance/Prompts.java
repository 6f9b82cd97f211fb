package io.github.mcpsession.samples.conformance;

import java.util.List;
import java.util.stream.Stream;

import io.modelcontextprotocol.spec.McpSchema.Content;
import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.PromptMessage;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.TextContent;

import org.springframework.ai.mcp.annotation.McpArg;
import org.springframework.ai.mcp.annotation.McpComplete;
import org.springframework.ai.mcp.annotation.McpPrompt;
import org.springframework.stereotype.Component;

/**
 * Prompts with each kind of content, and completion of an argument.
 */
@Component
class Prompts {

	@McpPrompt(name = "test_simple_prompt", description = "A text")
	GetPromptResult simple() {
		return user(text("This is a simple prompt for testing."));
	}

	@McpPrompt(name = "test_prompt_with_arguments", description = "A text with two arguments")
	GetPromptResult withArguments(
			@McpArg(name = "arg1", description = "First test argument", required = true) String arg1,
			@McpArg(name = "arg2", description = "Second test argument", required = true) String arg2) {
		return user(text("Prompt with arguments: arg1='%s', arg2='%s'".formatted(arg1, arg2)));
	}

	@McpComplete(prompt = "test_prompt_with_arguments")
	List<String> complete(String value) {
		return Stream.of("paris", "park", "party", "test").filter((word) -> word.startsWith(value)).toList();
	}

	@McpPrompt(name = "test_prompt_with_embedded_resource", description = "A resource and a text")
	GetPromptResult withEmbeddedResource(
			@McpArg(name = "resourceUri", description = "URI of the resource", required = true) String resourceUri) {
		return user(ContentTools.resource(resourceUri, "text/plain", "Embedded resource content for testing."),
				text("Please process the embedded resource above."));
	}

	@McpPrompt(name = "test_prompt_with_image", description = "An image and a text")
	GetPromptResult withImage() {
		return user(Media.image(), text("Please analyze the image above."));
	}

	private static GetPromptResult user(Content... content) {
		return GetPromptResult
			.builder(Stream.of(content).map((part) -> PromptMessage.builder(Role.USER, part).build()).toList())
			.build();
	}

	private static TextContent text(String text) {
		return TextContent.builder(text).build();
	}

}
