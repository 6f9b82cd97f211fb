package io.github.mcpsession.samples.conformance;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Prompt;
import io.modelcontextprotocol.spec.McpSchema.Resource;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * That the server offers what the suite asks for. What it does with that is for the suite
 * to test.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class ConformanceServerTests {

	@LocalServerPort
	private int port;

	@Test
	void offersWhatTheSuiteAsksFor() {
		try (McpSyncClient client = client(new CopyOnWriteArrayList<>())) {
			client.initialize();
			assertThat(client.listTools().tools()).extracting(Tool::name)
				.containsExactlyInAnyOrder("test_simple_text", "test_image_content", "test_audio_content",
						"test_embedded_resource", "test_multiple_content_types", "test_error_handling",
						"json_schema_2020_12_tool", "test_sampling", "test_elicitation",
						"test_elicitation_sep1034_defaults", "test_elicitation_sep1330_enums", "test_tool_with_logging",
						"test_tool_with_progress", "test_reconnection", "long_call");
			assertThat(client.listResources().resources()).extracting(Resource::uri)
				.containsExactlyInAnyOrder("test://static-text", "test://static-binary", "test://watched-resource");
			assertThat(client.listPrompts().prompts()).extracting(Prompt::name)
				.containsExactlyInAnyOrder("test_simple_prompt", "test_prompt_with_arguments",
						"test_prompt_with_embedded_resource", "test_prompt_with_image");
		}
	}

	@Test
	void theLongCallLogsEachStep() {
		List<String> logged = new CopyOnWriteArrayList<>();
		try (McpSyncClient client = client(logged)) {
			client.initialize();
			CallToolResult result = client.callTool(CallToolRequest.builder("long_call").build());
			assertThat(result.content()).extracting((content) -> ((TextContent) content).text())
				.containsExactly("done after 10 steps");
			assertThat(logged)
				.containsExactlyElementsOf(IntStream.rangeClosed(1, 10).mapToObj((step) -> "step " + step).toList());
		}
	}

	private McpSyncClient client(List<String> logged) {
		return McpClient.sync(HttpClientStreamableHttpTransport.builder("http://127.0.0.1:" + this.port).build())
			.loggingConsumer((message) -> logged.add(message.data()))
			.build();
	}

}
