package io.github.mcpsession.testing;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;

/**
 * The official Java client, with every HTTP request sent to the next node.
 */
public final class RoundRobinClient {

	private RoundRobinClient() {
	}

	public static McpSyncClient create(List<URI> nodes, UnaryOperator<McpClient.SyncSpec> customizer) {
		return customizer.apply(McpClient.sync(transport(nodes)).requestTimeout(Duration.ofSeconds(20))).build();
	}

	public static HttpClientStreamableHttpTransport transport(List<URI> nodes) {
		AtomicInteger requests = new AtomicInteger();
		return HttpClientStreamableHttpTransport.builder("http://127.0.0.1")
			.httpRequestCustomizer((request, method, endpoint, body, context) -> request
				.uri(nodes.get(requests.getAndIncrement() % nodes.size())))
			.build();
	}

}
