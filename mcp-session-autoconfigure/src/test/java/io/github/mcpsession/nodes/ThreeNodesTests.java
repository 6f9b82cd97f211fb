package io.github.mcpsession.nodes;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.OnBackends;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.StartedNodes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Three nodes that behave like one. {@code -Dcluster.processes=true} for three processes.
 */
@OnBackends({ Backend.REDIS, Backend.POSTGRESQL, Backend.MARIADB })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ThreeNodesTests {

	@Parameter
	private Backend backend;

	private static final int ROUNDS = Integer.getInteger("cluster.rounds", 20);

	private static final Duration SOON = Duration.ofSeconds(5);

	private final StartedNodes nodes = new StartedNodes();

	private URI a;

	private URI b;

	private URI c;

	@BeforeParameterizedClassInvocation
	void startNodes() {
		this.a = start("A");
		this.b = start("B");
		this.c = start("C");
	}

	private URI start(String name) {
		List<String> properties = new ArrayList<>(this.backend.properties());
		properties.add("mcp.session.namespace=cluster-" + System.identityHashCode(this));
		return this.nodes.start(name, properties);
	}

	@AfterParameterizedClassInvocation
	void stopNodes() {
		this.nodes.stop();
	}

	private static String question(String text) {
		return "{\"question\":\"" + text + "\"}";
	}

	private static String answer(String text) {
		return "{\"action\":\"accept\",\"content\":{\"answer\":\"" + text + "\"}}";
	}

	private static String uri(String uri) {
		return "{\"uri\":\"" + uri + "\"}";
	}

	@Test
	void anAnswerThatAnotherNodeIsGivenReachesTheOneThatAsked() {
		RawClient client = new RawClient().initialize(this.a);
		List<Long> millis = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			EventStreamReader call = client.callStreaming(this.a, "elicit", question("q" + i));
			String id = call.awaitMethod("elicitation/create").path("id").asString();
			long start = System.nanoTime();
			assertThat(client.answer(this.b, id, answer("a" + i)).statusCode()).isEqualTo(202);
			assertThat(call.awaitText()).isEqualTo("A heard a" + i);
			millis.add(Duration.ofNanos(System.nanoTime() - start).toMillis());
		}
		millis.sort(null);
		System.out.printf("%s: an answer took %d ms (median of 50), %d ms at most%n", this.backend, millis.get(25),
				millis.get(49));
	}

	@Test
	void callsOnAllNodesEachGetTheirOwnAnswer() {
		RawClient client = new RawClient().initialize(this.a);
		List<URI> nodes = List.of(this.a, this.b, this.c);
		for (int round = 0; round < ROUNDS; round++) {
			List<EventStreamReader> calls = new ArrayList<>();
			for (URI node : nodes) {
				calls.add(client.callStreaming(node, "elicit", question("who")));
			}
			List<CompletableFuture<Integer>> answers = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				String id = calls.get(i).awaitMethod("elicitation/create").path("id").asString();
				URI wrong = nodes.get((i + 1 + round % 2) % 3);
				String answer = answer(round + "-" + i);
				answers.add(CompletableFuture.supplyAsync(() -> client.answer(wrong, id, answer).statusCode()));
			}
			assertThat(answers).allSatisfy((status) -> assertThat(status.join()).isEqualTo(202));
			for (int i = 0; i < 3; i++) {
				assertThat(calls.get(i).awaitText()).isEqualTo("ABC".charAt(i) + " heard " + round + "-" + i);
			}
		}
	}

	@Test
	void anAnswerThatNobodyWaitsForIsRefusedAndTheSessionLivesOn() {
		RawClient client = new RawClient().initialize(this.a);
		RawClient stranger = new RawClient().initialize(this.b);
		EventStreamReader call = client.callStreaming(this.a, "elicit", question("q"));
		String id = call.awaitMethod("elicitation/create").path("id").asString();
		String node = id.substring(id.indexOf('@') + 1);
		for (String forged : List.of("nothing", client.sessionId() + "-0", client.sessionId() + "-0@",
				client.sessionId() + "-0@0123456789abcdef", client.sessionId() + "-0@../../x",
				client.sessionId() + "-77@" + node, "@", "@@" + node, "x".repeat(5000) + "@" + "y".repeat(5000))) {
			assertThat(client.answer(this.a, forged, answer("forged")).statusCode()).as(forged).isEqualTo(400);
		}
		// the name of the node is right, so it is told, and finds that it asked nobody
		stranger.answer(this.b, id, answer("a stranger's"));
		stranger.answer(this.a, id, answer("a stranger's"));
		assertThat(client.answer(this.c, id, answer("mine")).statusCode()).isEqualTo(202);
		assertThat(call.awaitText()).isEqualTo("A heard mine");
		assertThat(client.answer(this.a, id, answer("again")).statusCode()).isEqualTo(400);
		assertThat(client.call(this.a, "node")).isEqualTo("A");
		assertThat(stranger.call(this.a, "node")).isEqualTo("A");
	}

	@Test
	void aListenerHearsWhatHappensOnAnyNodeOnce() {
		RawClient client = new RawClient().initialize(this.b);
		RawClient other = new RawClient().initialize(this.b);
		RawClient actor = new RawClient().initialize(this.c);
		EventStreamReader stream = client.listening(this.a);
		EventStreamReader otherStream = other.listening(this.b);
		awaitListening(client, this.a);
		awaitListening(other, this.b);
		client.request(this.b, "resources/subscribe", uri("test://heard"));
		await().atMost(SOON).untilAsserted(() -> {
			actor.call(this.c, "update", uri("test://heard"));
			assertThat(stream.methods()).contains("notifications/resources/updated");
		});
		await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
		stream.clear();
		actor.call(this.c, "update", uri("test://heard"));
		actor.call(this.c, "addTool", "{\"name\":\"t" + System.nanoTime() + "\"}");
		actor.call(this.a, "addTool", "{\"name\":\"t" + System.nanoTime() + "\"}");
		await().atMost(SOON).untilAsserted(() -> assertThat(stream.methods()).hasSize(3));
		await().pollDelay(Duration.ofMillis(500)).until(() -> true);
		assertThat(stream.methods()).containsExactlyInAnyOrder("notifications/resources/updated",
				"notifications/tools/list_changed", "notifications/tools/list_changed");
		assertThat(otherStream.methods()).containsExactly("notifications/tools/list_changed",
				"notifications/tools/list_changed");
	}

	@Test
	void aNodeThatStartsLaterKnowsTheSubscriptions() {
		RawClient client = new RawClient().initialize(this.b);
		EventStreamReader stream = client.listening(this.a);
		awaitListening(client, this.a);
		client.request(this.b, "resources/subscribe", uri("test://later"));
		URI d = start("D");
		RawClient actor = new RawClient().initialize(d);
		await().atMost(SOON).untilAsserted(() -> {
			actor.call(d, "update", uri("test://later"));
			assertThat(stream.methods()).contains("notifications/resources/updated");
		});
		client.request(this.c, "resources/unsubscribe", uri("test://later"));
		await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
		stream.clear();
		for (URI node : List.of(this.a, this.b, this.c, d)) {
			actor.call(node, "update", uri("test://later"));
		}
		await().pollDelay(Duration.ofMillis(700)).until(() -> true);
		assertThat(stream.messages()).isEmpty();
	}

	@Test
	void theNewestListeningStreamIsTheOne() throws InterruptedException {
		RawClient client = new RawClient().initialize(this.a);
		RawClient actor = new RawClient().initialize(this.c);
		EventStreamReader first = client.listening(this.a);
		awaitListening(client, this.a);
		EventStreamReader second = client.listening(this.b);
		awaitListening(client, this.b);
		EventStreamReader third = client.listening(this.b);
		third.awaitEvents(1);
		Thread.sleep(200);
		actor.call(this.c, "addTool", "{\"name\":\"t" + System.nanoTime() + "\"}");
		await().atMost(SOON).untilAsserted(() -> assertThat(third.methods()).hasSize(1));
		assertThat(first.methods()).isEmpty();
		assertThat(second.methods()).isEmpty();
		assertThat(List.of(first, second, third)).noneMatch(EventStreamReader::hasEnded);
	}

	@Test
	void aRequestOfANotificationHandlerFindsTheListener() {
		RawClient client = new RawClient().initialize(this.a);
		EventStreamReader stream = client.listening(this.a);
		awaitListening(client, this.a);
		CompletableFuture<Integer> notified = CompletableFuture.supplyAsync(
				() -> client.post(this.b, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/roots/list_changed\"}")
					.statusCode());
		String id = stream.awaitMethod("roots/list").path("id").asString();
		assertThat(client.answer(this.c, id, "{\"roots\":[{\"uri\":\"file:///x\",\"name\":\"x\"}]}").statusCode())
			.isEqualTo(202);
		assertThat(notified.join()).isEqualTo(202);
		assertThat(client.call(this.c, "attribute", "{\"name\":\"roots\"}")).isEqualTo("[file:///x]");
	}

	/**
	 * Clients begin to listen while they send what comes after their initialization.
	 */
	@Test
	void aRequestWaitsForAClientThatIsAboutToListen() {
		RawClient client = new RawClient().initialize(this.a);
		CompletableFuture<Integer> notified = CompletableFuture.supplyAsync(
				() -> client.post(this.b, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/roots/list_changed\"}")
					.statusCode());
		await().pollDelay(Duration.ofMillis(150)).until(() -> true);
		EventStreamReader stream = client.listening(this.a);
		String id = stream.awaitMethod("roots/list").path("id").asString();
		assertThat(client.answer(this.c, id, "{\"roots\":[]}").statusCode()).isEqualTo(202);
		assertThat(notified.join()).isEqualTo(202);
	}

	@Test
	void theEndOfASessionIsTheEndOfItsStreamsAndCallsEverywhere() {
		RawClient client = new RawClient().initialize(this.a);
		EventStreamReader stream = client.listening(this.a);
		awaitListening(client, this.a);
		EventStreamReader call = client.callStreaming(this.c, "elicit", question("q"));
		call.awaitMethod("elicitation/create");
		assertThat(client.delete(this.b).statusCode()).isEqualTo(200);
		await().atMost(Duration.ofSeconds(1)).until(() -> stream.hasEnded() && call.hasEnded());
	}

	/**
	 * The transport sends no headers before the first message, so look where the store
	 * says that the client listens.
	 */
	private void awaitListening(RawClient client, URI node) {
		this.nodes.find(node)
			.ifPresentOrElse((held) -> await().atMost(SOON)
				.until(() -> held.manager()
					.find(client.sessionId())
					.map(SessionRecord::listener)
					.filter((listener) -> listener.startsWith(held.nodeName()))
					.isPresent()), () -> await().pollDelay(Duration.ofSeconds(1)).until(() -> true));
	}

}
