package io.github.mcpsession.nodes;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import io.github.mcpsession.server.ManagedServer;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.MoreServers;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Three MCP servers in one application, on two nodes.
 */
class SeveralServersTests {

	private static final List<String> ENDPOINTS = List.of("/mcp", "/second", "/third");

	private static final List<Class<?>> SOURCES = List.of(TestApplication.class, MoreServers.class);

	private static final String LIST_CHANGED = "notifications/tools/list_changed";

	private static final String MESSAGE = "notifications/message";

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	@BeforeAll
	static void startNodes() {
		nodeA = Node.start(SOURCES, "A", TestServers.redisProperties());
		nodeB = Node.start(SOURCES, "B", TestServers.redisProperties());
	}

	private static URI at(Node node, String endpoint) {
		return node.uri().resolve(endpoint);
	}

	private static Map<String, RawClient> clientsOf(Node node) {
		Map<String, RawClient> clients = new TreeMap<>();
		ENDPOINTS.forEach((endpoint) -> clients.put(endpoint, new RawClient().initialize(at(node, endpoint))));
		return clients;
	}

	@ParameterizedTest
	@ValueSource(strings = { "/mcp", "/second", "/third" })
	void aSessionIsServedByTheOtherNodeUnderItsId(String endpoint) {
		RawClient client = new RawClient().initialize(at(nodeA, endpoint));
		assertThat(client.call(at(nodeB, endpoint), "restored")).isEqualTo("true");
		assertThat(client.call(at(nodeB, endpoint), "restored")).isEqualTo("false");
		assertThat(client.call(at(nodeB, endpoint), "whoami")).isEqualTo(client.sessionId());
		assertThat(client.call(at(nodeB, endpoint), "node")).isEqualTo("B");
		assertThat(client.delete(at(nodeB, endpoint)).statusCode()).isEqualTo(200);
		RawClient.assertNotFound(client.tryCall(at(nodeA, endpoint), "node"));
	}

	@Test
	void aSessionOfOneEndpointIsUnknownAtTheOthers() {
		Map<String, RawClient> clients = clientsOf(nodeA);
		nodeA.bean(MoreServers.class).lookedUp().clear();
		nodeB.bean(MoreServers.class).lookedUp().clear();
		clients.forEach((own, client) -> {
			for (String endpoint : ENDPOINTS) {
				for (Node node : endpoint.equals(own) ? List.<Node>of() : List.of(nodeA, nodeB)) {
					RawClient.assertNotFound(client.tryCall(at(node, endpoint), "node"));
					RawClient.assertNotFound(client.get(at(node, endpoint)));
					RawClient.assertNotFound(client.delete(at(node, endpoint)));
				}
			}
		});
		assertThat(nodeA.bean(MoreServers.class).lookedUp()).isEmpty();
		assertThat(nodeB.bean(MoreServers.class).lookedUp()).isEmpty();
		clients.forEach((own, client) -> assertThat(client.call(at(nodeB, own), "node")).isEqualTo("B"));
	}

	@Test
	void anIdCannotBeMadeToFitAnotherEndpoint() {
		Map<String, RawClient> clients = clientsOf(nodeA);
		String first = clients.get("/mcp").sessionId();
		String second = clients.get("/second").sessionId();
		String mark = second.substring(0, second.indexOf('.') + 1);
		RawClient client = new RawClient().sessionId(mark + first);
		RawClient.assertNotFound(client.tryCall(at(nodeA, "/second"), "node"));
		client.sessionId(second.substring(mark.length()));
		RawClient.assertNotFound(client.tryCall(at(nodeA, "/mcp"), "node"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "/mcp", "/second", "/third" })
	void whatOneServerTellsAllThoseOfTheOthersDoNotHear(String endpoint) {
		Map<String, RawClient> listening = clientsOf(nodeB);
		Map<String, EventStreamReader> streams = new TreeMap<>();
		listening.forEach((own, client) -> streams.put(own, client.listening(at(nodeB, own))));
		streams.values().forEach((stream) -> stream.awaitEvents(1));
		Map<String, RawClient> late = clientsOf(nodeB);
		clientsOf(nodeA).get(endpoint)
			.call(at(nodeA, endpoint), "addTool", "{\"name\":\"t" + System.nanoTime() + "\"}");
		streams.get(endpoint).awaitMethod(LIST_CHANGED);
		listening.forEach((own, client) -> assertHeard(own, client, streams.get(own), own.equals(endpoint)));
		late.forEach((own, client) -> {
			EventStreamReader stream = client.listening(at(nodeA, own));
			if (own.equals(endpoint)) {
				stream.awaitMethod(LIST_CHANGED);
			}
			assertHeard(own, client, stream, own.equals(endpoint));
			stream.cut();
		});
		streams.values().forEach(EventStreamReader::cut);
	}

	private static void assertHeard(String endpoint, RawClient client, EventStreamReader stream, boolean heard) {
		client.call(at(nodeB, endpoint), "notify", "{\"text\":\"last\"}");
		stream.awaitMethod(MESSAGE);
		assertThat(stream.methods()).isEqualTo(heard ? List.of(LIST_CHANGED, MESSAGE) : List.of(MESSAGE));
	}

	@Test
	void aServerCannotNotifyTheClientOfAnother() {
		RawClient second = new RawClient().initialize(at(nodeA, "/second"));
		RawClient third = new RawClient().initialize(at(nodeA, "/third"));
		EventStreamReader stream = second.listening(at(nodeA, "/second"));
		stream.awaitEvents(1);
		third.call(at(nodeA, "/third"), "notify",
				"{\"text\":\"not yours\",\"session\":\"" + second.sessionId() + "\"}");
		third.call(at(nodeB, "/third"), "notify",
				"{\"text\":\"not yours\",\"session\":\"" + second.sessionId() + "\"}");
		second.call(at(nodeB, "/second"), "notify", "{\"text\":\"yours\"}");
		assertThat(stream.awaitMethod(MESSAGE).at("/params/data").asString()).isEqualTo("yours");
		stream.cut();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/second", "/third" })
	void aListeningStreamIsResumedOnTheOtherNode(String endpoint) {
		RawClient client = new RawClient().initialize(at(nodeA, endpoint));
		EventStreamReader first = client.listening(at(nodeA, endpoint));
		first.awaitEvents(1);
		client.call(at(nodeA, endpoint), "notify", "{\"text\":\"1\"}");
		first.awaitMethod(MESSAGE);
		first.cut();
		client.call(at(nodeB, endpoint), "notify", "{\"text\":\"2\"}");
		EventStreamReader second = client.listening(at(nodeB, endpoint), first.lastEventId());
		second.awaitMethod(MESSAGE);
		client.call(at(nodeA, endpoint), "notify", "{\"text\":\"3\"}");
		await().atMost(Duration.ofSeconds(10)).until(() -> second.messages().size() == 2);
		List<String> texts = new ArrayList<>();
		second.messages().forEach((message) -> texts.add(message.at("/params/data").asString()));
		assertThat(texts).containsExactly("2", "3");
		second.cut();
	}

	@ParameterizedTest
	@ValueSource(strings = { "/second", "/third" })
	void aCallIsResumedOnTheOtherNode(String endpoint) {
		RawClient client = new RawClient().initialize(at(nodeA, endpoint));
		EventStreamReader call = client.callStreaming(at(nodeA, endpoint), "slow", "{\"millis\":1500}");
		call.awaitEvents(1);
		call.cut();
		assertThat(client.listening(at(nodeB, endpoint), call.lastEventId()).awaitText()).isEqualTo("done");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/second", "/third" })
	void anAnswerFindsTheNodeThatAsked(String endpoint) {
		RawClient client = new RawClient().initialize(at(nodeA, endpoint));
		EventStreamReader call = client.callStreaming(at(nodeA, endpoint), "elicit", "{}");
		JsonNode request = call.awaitMethod("elicitation/create");
		assertThat(client
			.answer(at(nodeB, endpoint), request.path("id").asString(),
					"{\"action\":\"accept\",\"content\":{\"answer\":\"yes\"}}")
			.statusCode()).isEqualTo(202);
		assertThat(call.awaitText()).isEqualTo("A heard yes");
	}

	@Test
	void theManagerOfTheApplicationKnowsAllSessions() {
		clientsOf(nodeB).forEach((endpoint, client) -> {
			EventStreamReader stream = client.listening(at(nodeB, endpoint));
			stream.awaitEvents(1);
			assertThat(nodeA.manager().find(client.sessionId())).isPresent();
			nodeA.manager().attributes(client.sessionId()).put("a", 1);
			assertThat(nodeA.manager().terminate(client.sessionId())).isTrue();
			stream.awaitEnd();
			RawClient.assertNotFound(client.tryCall(at(nodeB, endpoint), "node"));
		});
	}

	@Test
	void theManagerOfATransportKnowsItsOwn() {
		Map<String, RawClient> clients = clientsOf(nodeA);
		for (ManagedServer managed : nodeA.bean(ManagedServers.class).all().subList(1, ENDPOINTS.size())) {
			clients.forEach((endpoint, client) -> {
				if (!endpoint.equals(managed.endpoint())) {
					assertThat(managed.resolver().resolve(client.sessionId(), null)).isEmpty();
					assertThat(managed.manager().terminate(client.sessionId())).isFalse();
				}
			});
			RawClient own = clients.get(managed.endpoint());
			managed.resolver().resolve(own.sessionId(), null).orElseThrow().close();
			assertThat(managed.manager().terminate(own.sessionId())).isTrue();
		}
		assertThat(nodeA.manager().find(clients.get("/mcp").sessionId())).isPresent();
	}

	@Test
	void sessionsSurviveARestartThatDoesNotWaitForListeners() {
		Map<String, RawClient> clients;
		Map<String, EventStreamReader> streams = new TreeMap<>();
		try (Node before = Node.start(SOURCES, "C", TestServers.redisProperties(), "server.shutdown=graceful",
				"mcp.session.drain-time=300ms")) {
			clients = clientsOf(before);
			clients.forEach((endpoint, client) -> streams.put(endpoint, client.listening(at(before, endpoint))));
			streams.values().forEach((stream) -> stream.awaitEvents(1));
			assertThat(elapsed(before::close)).isLessThan(Duration.ofSeconds(15));
		}
		streams.values().forEach(EventStreamReader::awaitEnd);
		try (Node after = Node.start(SOURCES, "D", TestServers.redisProperties())) {
			clients.forEach((endpoint, client) -> {
				assertThat(client.call(at(after, endpoint), "restored")).isEqualTo("true");
				EventStreamReader stream = client.listening(at(after, endpoint), streams.get(endpoint).lastEventId());
				client.call(at(nodeA, endpoint), "notify", "{\"text\":\"x\"}");
				stream.awaitMethod(MESSAGE);
			});
		}
	}

	@Test
	void whatIsManagedCannotBeManagedAgain() {
		ManagedServers servers = nodeA.bean(ManagedServers.class);
		ManagedServer managed = servers.all().get(1);
		for (String endpoint : ENDPOINTS) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> servers.manage(endpoint,
						HttpServletStreamableServerTransportProvider.builder().mcpEndpoint(endpoint).build()))
				.withMessageContaining(endpoint);
		}
		assertThatIllegalArgumentException().isThrownBy(() -> servers.manage("/fourth", managed.transportProvider()));
		assertThatIllegalArgumentException().isThrownBy(() -> servers.manage("/fourth", managed.transport()));
	}

	private static Duration elapsed(Runnable task) {
		long start = System.nanoTime();
		task.run();
		return Duration.ofNanos(System.nanoTime() - start);
	}

}
