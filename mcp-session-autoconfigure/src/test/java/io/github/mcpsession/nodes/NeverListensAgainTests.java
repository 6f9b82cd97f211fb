package io.github.mcpsession.nodes;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.ProcessNode;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TcpProxy;
import io.github.mcpsession.testing.TestServers;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.mcp.customizer.McpClientCustomizer;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The clients of the Java SDK and of Spring AI, which do not listen again once the node
 * has gone that they listened to. They miss nothing all the same.
 */
class NeverListensAgainTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static final Duration NODE_TIMEOUT = Duration.ofSeconds(2);

	private final List<AutoCloseable> open = new ArrayList<>();

	private final List<Heard> clients = new ArrayList<>();

	private final List<String> properties = new ArrayList<>(TestServers.redisProperties());

	NeverListensAgainTests() {
		this.properties.add("mcp.session.namespace=" + UUID.randomUUID());
		this.properties.add("mcp.session.cluster.heartbeat-interval=250ms");
		// how far a client is, is saved with each heartbeat of its stream
		this.properties.add("mcp.session.streams.heartbeat-interval=300ms");
		this.properties.add("mcp.session.cluster.node-timeout=" + NODE_TIMEOUT.toMillis() + "ms");
	}

	@AfterEach
	void close() throws Exception {
		Collections.reverse(this.open);
		for (AutoCloseable closeable : this.open) {
			closeable.close();
		}
	}

	private <T extends AutoCloseable> T opened(T closeable) {
		this.open.add(closeable);
		return closeable;
	}

	private Node start(String name, int port) {
		return opened(Node.start(name, this.properties, "server.port=" + port));
	}

	private ProcessNode startProcess(String name, int port) {
		return opened(ProcessNode.start(name, port, this.properties));
	}

	/**
	 * Connect, and hear of a change by the listening stream.
	 */
	private void connect(URI uri, URI node) throws InterruptedException {
		String root = "http://127.0.0.1:" + uri.getPort();
		Heard sdk = new Heard();
		sdk.client = McpClient.sync(HttpClientStreamableHttpTransport.builder(root).endpoint("/mcp").build())
			.toolsChangeConsumer((tools) -> sdk.changes.incrementAndGet())
			.resourcesUpdateConsumer((contents) -> sdk.updates.incrementAndGet())
			.build();
		opened(sdk.client);
		Heard spring = SpringAi.connect(root, this.open);
		this.clients.addAll(List.of(sdk, spring));
		this.clients.forEach((heard) -> {
			if (!heard.client.isInitialized()) {
				heard.client.initialize();
			}
			heard.client.subscribeResource(new McpSchema.SubscribeRequest("test://thing"));
		});
		change(node);
		this.clients.forEach((heard) -> await().atMost(SOON).until(() -> heard.changes.get() == 1));
		Thread.sleep(1000);
	}

	private static void change(URI node) {
		new RawClient().initialize(node).call(node, "addTool", "{\"name\":\"" + UUID.randomUUID() + "\"}");
	}

	private static void update(URI node) {
		new RawClient().initialize(node).call(node, "update", "{\"uri\":\"test://thing\"}");
	}

	private void assertHearWithTheNextCall(URI node, boolean known) {
		this.clients.forEach((heard) -> {
			heard.sessionId = heard.call("whoami");
			heard.changes.set(0);
			heard.updates.set(0);
		});
		change(node);
		update(node);
		this.clients.forEach((heard) -> {
			if (known) {
				heard.call("node");
			}
			await().atMost(SOON).until(() -> {
				if (!known) {
					heard.call("node");
				}
				return heard.changes.get() > 0 && heard.updates.get() > 0;
			});
		});
		this.clients.forEach((heard) -> {
			assertThat(heard.call("whoami")).isEqualTo(heard.sessionId);
			heard.call("log");
			assertThat(heard.changes).hasValue(1);
			assertThat(heard.updates).hasValue(1);
			RawClient later = new RawClient().sessionId(heard.sessionId);
			EventStreamReader listening = later.listening(node);
			listening.awaitEvents(1);
			later.call(node, "notify", "{\"text\":\"later\"}");
			listening.awaitMethod("notifications/message");
			assertThat(listening.methods()).containsExactly("notifications/message");
			listening.cut();
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void onOneNode(boolean killed) throws InterruptedException {
		int port = TestServers.freePort();
		if (killed) {
			ProcessNode first = startProcess("A", port);
			connect(first.uri(), first.uri());
			first.kill();
			assertHearWithTheNextCall(startProcess("A", port).uri(), false);
		}
		else {
			Node first = start("A", port);
			connect(first.uri(), first.uri());
			first.close();
			assertHearWithTheNextCall(start("A", port).uri(), true);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void onThreeNodes(boolean killed) throws InterruptedException {
		int port = TestServers.freePort();
		Node second = start("B", 0);
		Node third = start("C", 0);
		ProcessNode process = killed ? startProcess("A", port) : null;
		Node node = killed ? null : start("A", port);
		TcpProxy proxy = opened(new TcpProxy(port));
		connect(URI.create("http://127.0.0.1:" + proxy.port() + "/mcp"), third.uri());
		proxy.target(second.uri().getPort());
		if (killed) {
			process.kill();
		}
		else {
			node.close();
		}
		assertHearWithTheNextCall(third.uri(), !killed);
	}

	/**
	 * A client, and what it has heard.
	 */
	static final class Heard {

		final AtomicInteger changes = new AtomicInteger();

		final AtomicInteger updates = new AtomicInteger();

		McpSyncClient client;

		String sessionId;

		String call(String tool) {
			McpSchema.CallToolResult result = this.client.callTool(new McpSchema.CallToolRequest(tool, Map.of()));
			return ((McpSchema.TextContent) result.content().get(0)).text();
		}

	}

	/**
	 * An application with Spring AI's client.
	 */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class SpringAi {

		@Bean
		Heard heard() {
			return new Heard();
		}

		@Bean
		McpClientCustomizer<McpClient.SyncSpec> hears(Heard heard) {
			return (name, spec) -> spec.toolsChangeConsumer((tools) -> heard.changes.incrementAndGet())
				.resourcesUpdateConsumer((contents) -> heard.updates.incrementAndGet());
		}

		@SuppressWarnings("unchecked")
		static Heard connect(String root, List<AutoCloseable> open) {
			ConfigurableApplicationContext context = new SpringApplicationBuilder(SpringAi.class)
				.web(WebApplicationType.NONE)
				.run("--spring.ai.mcp.client.enabled=true", "--spring.ai.mcp.server.enabled=false",
						"--spring.main.banner-mode=off", "--spring.flyway.enabled=false",
						"--spring.liquibase.enabled=false", "--spring.main.lazy-initialization=true",
						"--spring.ai.mcp.client.streamable-http.connections.node.url=" + root);
			open.add(context);
			Heard heard = context.getBean(Heard.class);
			heard.client = ((List<McpSyncClient>) context.getBean("mcpSyncClients")).get(0);
			return heard;
		}

	}

}
