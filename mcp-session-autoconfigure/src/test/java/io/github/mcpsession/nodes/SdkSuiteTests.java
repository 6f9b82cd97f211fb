package io.github.mcpsession.nodes;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

import io.github.mcpsession.testing.PassingServers;
import io.github.mcpsession.testing.RoundRobinClient;
import io.github.mcpsession.testing.Tools;
import io.modelcontextprotocol.AbstractMcpClientServerIntegrationTests;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The MCP Java SDK's own tests of clients and servers, on managed servers. Where there
 * are two nodes, every request of a client goes to the other one than that before.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("places")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(SdkSuiteTests.WithoutInternet.class)
@Timeout(30)
class SdkSuiteTests extends AbstractMcpClientServerIntegrationTests {

	@Parameter
	private SdkSuitePlace place;

	private PassingServers servers;

	private PassingServers.Endpoint endpoint;

	static Stream<SdkSuitePlace> places() {
		return SdkSuitePlace.wanted(SdkSuitePlace.TWO_NODES_REDIS);
	}

	static Stream<Arguments> clientsForTesting() {
		return Stream.of(Arguments.of("httpclient"));
	}

	@BeforeParameterizedClassInvocation
	void startNodes() {
		this.servers = this.place.start();
	}

	@AfterParameterizedClassInvocation
	void stopNodes() {
		this.servers.close();
	}

	@BeforeEach
	void openEndpoint() {
		this.endpoint = this.servers.open();
		prepareClients(0, "");
	}

	@Override
	protected void prepareClients(int port, String path) {
		this.clientBuilders.put("httpclient",
				McpClient.sync(RoundRobinClient.transport(this.endpoint.uris())).requestTimeout(Duration.ofHours(10)));
	}

	@Override
	protected McpServer.AsyncSpecification<?> prepareAsyncServerBuilder() {
		return McpServer.async(this.endpoint);
	}

	@Override
	protected McpServer.SyncSpecification<?> prepareSyncServerBuilder() {
		return McpServer.sync(this.endpoint);
	}

	/**
	 * In the place of the test that {@link WithoutInternet} leaves out.
	 */
	@Test
	void theClientFollowsTheListOfTools() {
		McpSyncServer server = prepareSyncServerBuilder()
			.capabilities(McpSchema.ServerCapabilities.builder().tools(true).build())
			.tools(Tools.tool("tool1", (exchange, arguments) -> "x"))
			.build();
		Queue<List<String>> updates = new ConcurrentLinkedQueue<>();
		try (McpSyncClient client = this.clientBuilders.get("httpclient")
			.toolsChangeConsumer((tools) -> updates.add(tools.stream().map(McpSchema.Tool::name).toList()))
			.build()) {
			client.initialize();
			server.notifyToolsListChanged();
			awaitLast(updates, List.of("tool1"));
			server.removeTool("tool1");
			awaitLast(updates, List.of());
			server.addTool(Tools.tool("tool2", (exchange, arguments) -> "y"));
			awaitLast(updates, List.of("tool2"));
			assertThat(client.callTool(new McpSchema.CallToolRequest("tool2", Map.of())).content().get(0))
				.isEqualTo(new McpSchema.TextContent("y"));
		}
		finally {
			server.closeGracefully();
		}
	}

	private static void awaitLast(Queue<List<String>> updates, List<String> names) {
		await().atMost(Duration.ofSeconds(10))
			.until(() -> !updates.isEmpty() && List.copyOf(updates).get(updates.size() - 1).equals(names));
	}

	/**
	 * Leaves out the one test that reads a page from the internet.
	 */
	static final class WithoutInternet implements ExecutionCondition {

		@Override
		public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
			return context.getTestMethod()
				.filter((method) -> method.getName().equals("testToolListChangeHandlingSuccess"))
				.map((method) -> ConditionEvaluationResult.disabled("It reads a page from the internet"))
				.orElseGet(() -> ConditionEvaluationResult.enabled(null));
		}

	}

}
