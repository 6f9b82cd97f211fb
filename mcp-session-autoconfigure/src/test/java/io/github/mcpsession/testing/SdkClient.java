package io.github.mcpsession.testing;

import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema;

/**
 * The Java SDK's client, of whichever release the class loader has: only what all of them
 * have in common is used. The first argument says what to do, the second with what.
 */
public final class SdkClient implements BiFunction<String, Map<String, Object>, Object> {

	private final McpSyncClient client;

	private final Queue<String> changes = new ConcurrentLinkedQueue<>();

	private final Queue<Double> progress = new ConcurrentLinkedQueue<>();

	/**
	 * Create a client.
	 * @param userAgent {@code null} for that of the JDK
	 */
	public SdkClient(URI node, String userAgent) {
		String root = node.getScheme() + "://" + node.getAuthority();
		HttpRequest.Builder request = HttpRequest.newBuilder();
		if (userAgent != null) {
			request.header("User-Agent", userAgent);
		}
		this.client = McpClient
			.sync(HttpClientStreamableHttpTransport.builder(root)
				.endpoint(node.getPath())
				.requestBuilder(request)
				.build())
			.requestTimeout(Duration.ofSeconds(10))
			.toolsChangeConsumer((tools) -> this.changes.add("tools"))
			.progressConsumer((notification) -> this.progress.add(notification.progress()))
			.build();
	}

	@Override
	public Object apply(String action, Map<String, Object> arguments) {
		return switch (action) {
			case "initialize" -> this.client.initialize().protocolVersion();
			case "list" -> this.client.listTools().tools().size();
			case "progress" -> {
				this.client
					.callTool(new McpSchema.CallToolRequest("progress", arguments, Map.of("progressToken", "p")));
				yield this.progress.size();
			}
			case "changes" -> this.changes.size();
			case "close" -> this.client.closeGracefully();
			default -> call(action, arguments);
		};
	}

	private String call(String tool, Map<String, Object> arguments) {
		McpSchema.CallToolResult result = this.client.callTool(new McpSchema.CallToolRequest(tool, arguments));
		return ((McpSchema.TextContent) result.content().get(0)).text();
	}

}
