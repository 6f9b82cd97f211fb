package io.github.mcpsession.outage;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.server.NodeRuntime;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.TcpProxy;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.modelcontextprotocol.server.McpSyncServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

/**
 * Two nodes, each with a line to the store of its own that can be cut.
 */
class NodeTroubleTests {

	private static final Duration NODE_TIMEOUT = Duration.ofSeconds(3);

	private static final String QUESTION = "{\"question\":\"q\"}";

	private static final String ANSWER = "{\"action\":\"accept\",\"content\":{\"answer\":\"a\"}}";

	private static final String NODES = "mcp:session:trouble:{cluster}:nodes";

	private static final String LIST_CHANGED = "notifications/tools/list_changed";

	private static final AtomicReference<Gate> gate = new AtomicReference<>();

	private static TcpProxy lineOfA;

	private static TcpProxy lineOfB;

	private static LettuceConnectionFactory administrator;

	private static StringRedisTemplate redis;

	private static Node a;

	private static Node b;

	@BeforeAll
	static void startNodes() {
		administrator = RedisKeyspace.connect(TestServers.redisPort());
		redis = new StringRedisTemplate(administrator);
		lineOfA = new TcpProxy(TestServers.redisPort());
		lineOfB = new TcpProxy(TestServers.redisPort());
		a = start("A", lineOfA);
		b = start("B", lineOfB);
	}

	private static Node start(String name, TcpProxy line) {
		return Node.start(List.of(TestApplication.class, GatedRestorer.class), name,
				List.of("mcp.session.store=redis", "spring.data.redis.host=127.0.0.1",
						"spring.data.redis.port=" + line.port(), "mcp.session.namespace=trouble",
						"mcp.session.cluster.heartbeat-interval=500ms",
						"mcp.session.cluster.node-timeout=" + NODE_TIMEOUT.toMillis() + "ms"));
	}

	@AfterAll
	static void stopNodes() throws Exception {
		a.close();
		b.close();
		lineOfA.close();
		lineOfB.close();
		administrator.destroy();
	}

	@BeforeEach
	void awaitCalm() {
		lineOfA.heal();
		lineOfB.heal();
		awaitNodes(a, 2);
		awaitNodes(b, 2);
	}

	private static boolean hasNodes(Node seenFrom, int count) {
		return seenFrom.bean(NodeRuntime.class).nodes().size() == count;
	}

	private static void awaitNodes(Node seenFrom, int count) {
		await().pollInterval(Duration.ofMillis(20))
			.atMost(Duration.ofSeconds(20))
			.ignoreExceptions()
			.until(() -> hasNodes(seenFrom, count));
	}

	/**
	 * Wait until all that is to be written for a listening stream is.
	 */
	private static void awaitListener(RawClient client) {
		await().until(() -> a.manager().find(client.sessionId()).orElseThrow().listener() != null);
	}

	private static void assertUnavailable(HttpResponse<String> response) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
		assertThat(response.headers().firstValue("Retry-After")).get(STRING).matches("[1-3]");
	}

	@Test
	void afterAnOutageAnAnswerIsNotRefusedBeforeTheNodeThatAskedCanSayThatItIsAlive() {
		RawClient client = new RawClient().initialize(a.uri());
		assertThat(client.call(b.uri(), "node")).isEqualTo("B");
		EventStreamReader call = client.callStreaming(a.uri(), "elicit", QUESTION);
		String id = call.awaitMethod("elicitation/create").path("id").asString();
		RawClient listener = new RawClient().initialize(a.uri());
		EventStreamReader stream = listener.listening(a.uri());
		awaitListener(listener);
		lineOfA.cut();
		lineOfB.cut();
		try {
			await().pollDelay(NODE_TIMEOUT.plusSeconds(1)).until(() -> true);
		}
		finally {
			lineOfB.heal();
		}
		try {
			awaitNodes(b, 1);
			assertUnavailable(client.answer(b.uri(), id, ANSWER));
			// of this A hears nothing: it counts as dead
			assertThat(listener.delete(b.uri()).statusCode()).isEqualTo(200);
		}
		finally {
			lineOfA.heal();
		}
		await().atMost(Duration.ofSeconds(5)).until(stream::hasEnded);
		awaitNodes(b, 2);
		assertThat(client.answer(b.uri(), id, ANSWER).statusCode()).isEqualTo(202);
		assertThat(call.awaitText()).isEqualTo("A heard a");
	}

	@Test
	void aNodeThatTheStoreHasForgottenRefusesNoAnswer() {
		RawClient client = new RawClient().initialize(a.uri());
		assertThat(client.call(b.uri(), "node")).isEqualTo("B");
		EventStreamReader call = client.callStreaming(a.uri(), "elicit", QUESTION);
		String id = call.awaitMethod("elicitation/create").path("id").asString();
		awaitNodes(b, 2);
		redis.delete(NODES);
		HttpResponse<String> answered = client.answer(b.uri(), id, ANSWER);
		if (answered.statusCode() != 202) {
			assertUnavailable(answered);
			awaitNodes(b, 2);
			assertThat(client.answer(b.uri(), id, ANSWER).statusCode()).isEqualTo(202);
		}
		assertThat(call.awaitText()).isEqualTo("A heard a");
	}

	@Test
	void aCallGoesOnThoughTheStoreHasForgottenTheNodes() {
		RawClient client = new RawClient().initialize(a.uri());
		awaitNodes(b, 2);
		EventStreamReader call = client.callStreaming(a.uri(), "ten", "{\"pause\":350}");
		call.awaitEvents(3);
		call.cut();
		EventStreamReader resumed = client.listening(b.uri(), call.lastEventId());
		resumed.awaitEvents(2);
		await().pollInterval(Duration.ofMillis(5)).during(Duration.ofMillis(1500)).until(() -> {
			redis.delete(NODES);
			return true;
		});
		assertThat(resumed.awaitText()).isEqualTo("ten sent by A");
	}

	@Test
	void theEndOfASessionThatWasHeardOfDuringAnOutageIsNotForgotten() throws Exception {
		awaitNodes(b, 2);
		List<RawClient> clients = Stream.generate(() -> new RawClient().initialize(a.uri())).limit(10).toList();
		List<EventStreamReader> streams = clients.stream().map((client) -> client.listening(a.uri())).toList();
		clients.forEach(NodeTroubleTests::awaitListener);
		RawClient other = new RawClient().initialize(a.uri());
		AtomicBoolean busy = new AtomicBoolean(true);
		Thread traffic = new Thread(() -> {
			while (busy.get()) {
				other.tryCall(a.uri(), "node");
			}
		});
		lineOfA.cut();
		try {
			traffic.start();
			clients.forEach((client) -> assertThat(client.delete(b.uri()).statusCode()).isEqualTo(200));
			await().pollDelay(Duration.ofMillis(1200)).until(() -> true);
		}
		finally {
			lineOfA.heal();
		}
		try {
			await().atMost(Duration.ofSeconds(5))
				.untilAsserted(() -> assertThat(streams).allMatch(EventStreamReader::hasEnded));
		}
		finally {
			busy.set(false);
			traffic.join();
		}
	}

	private static void changeTools(Node node) {
		node.bean(McpSyncServer.class).notifyToolsListChanged();
	}

	private static EventStreamReader listen(Node node) {
		RawClient client = new RawClient().initialize(node.uri());
		EventStreamReader stream = client.listening(node.uri());
		await().until(() -> node.manager().find(client.sessionId()).orElseThrow().listener() != null);
		return stream;
	}

	private static void assertHeardOnce(EventStreamReader... streams) {
		for (EventStreamReader stream : streams) {
			stream.awaitMethod(LIST_CHANGED);
		}
		await().during(Duration.ofSeconds(1)).until(() -> true);
		assertThat(streams).allSatisfy((stream) -> assertThat(stream.methods()).containsExactly(LIST_CHANGED));
	}

	@Test
	void aChangeThatIsAnnouncedDuringAnOutageIsHeardEverywhereAfterIt() {
		EventStreamReader atA = listen(a);
		EventStreamReader atB = listen(b);
		lineOfA.cut();
		try {
			changeTools(a);
			atA.awaitMethod(LIST_CHANGED);
		}
		finally {
			lineOfA.heal();
		}
		assertHeardOnce(atA, atB);
	}

	@Test
	void aNodeThatWasConsideredDeadHearsWhatWasAnnouncedMeanwhile() {
		EventStreamReader atA = listen(a);
		EventStreamReader atB = listen(b);
		lineOfA.cut();
		try {
			awaitNodes(b, 1);
			changeTools(b);
			atB.awaitMethod(LIST_CHANGED);
		}
		finally {
			lineOfA.heal();
		}
		assertHeardOnce(atA, atB);
	}

	@Test
	void aChangeThatIsAnnouncedBeforeNodesCanSayThatTheyAreAliveIsHeardByAll() {
		EventStreamReader atA = listen(a);
		EventStreamReader atB = listen(b);
		lineOfB.cut();
		try {
			awaitNodes(a, 1);
			redis.delete(NODES);
			changeTools(a);
		}
		finally {
			lineOfB.heal();
		}
		assertHeardOnce(atA, atB);
	}

	@Test
	void aMessageThatIsKeptThoughTheOtherNodeCouldNotBeSentAWordIsSentSoon() {
		RawClient client = new RawClient().initialize(a.uri());
		EventStreamReader stream = client.listening(a.uri());
		awaitListener(client);
		lineOfA.cut();
		try {
			awaitNodes(b, 1);
			client.call(b.uri(), "notify", "{\"text\":\"kept\"}");
		}
		finally {
			lineOfA.heal();
		}
		stream.awaitMethod("notifications/message");
		assertThat(stream.methods()).containsExactly("notifications/message");
	}

	/**
	 * The client has left the connection that a message was written to, and comes back to
	 * the other node.
	 */
	@Test
	void aMessageThatWasSentIntoAnOutageAndADeadConnectionIsMissed() {
		RawClient client = new RawClient().initialize(a.uri());
		EventStreamReader left = client.listening(a.uri());
		awaitListener(client);
		client.call(a.uri(), "notify", "{\"text\":\"first\"}");
		left.awaitMethod("notifications/message");
		String last = left.lastEventId();
		lineOfA.cut();
		EventStreamReader resumed;
		try {
			left.cut();
			client.call(a.uri(), "notify", "{\"text\":\"second\"}");
			client.call(a.uri(), "notify", "{\"text\":\"third\"}");
			resumed = client.listening(b.uri(), last);
			resumed.awaitEvents(1);
		}
		finally {
			lineOfA.heal();
		}
		await().atMost(Duration.ofSeconds(10))
			.untilAsserted(() -> assertThat(resumed.messages())
				.anyMatch((message) -> message.at("/params/data/reason").asString("").equals("messages-lost")));
		resumed.cut();
	}

	@Test
	void aCallThatBeganDuringAnOutageIsResumedAfterIt() {
		for (Node back : List.of(a, b)) {
			RawClient client = new RawClient().initialize(a.uri());
			client.call(b.uri(), "node");
			lineOfA.cut();
			EventStreamReader call;
			try {
				call = client.callStreaming(a.uri(), "slow", "{\"millis\":5000}");
				call.awaitEvents(1);
			}
			finally {
				lineOfA.heal();
			}
			call.cut();
			// as a client does that asks again after 503, or a second later
			await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
			EventStreamReader resumed = client.listening(back.uri(), call.lastEventId());
			assertThat(resumed.awaitText()).isEqualTo("done");
		}
	}

	@Test
	void aRequestDoesNotBelieveWhatWasReadBeforeItCame() throws Exception {
		RawClient client = new RawClient().initialize(a.uri());
		gate.set(new Gate(new CountDownLatch(1), new CountDownLatch(1)));
		try {
			CompletableFuture<HttpResponse<String>> before = client.callAsync(b.uri(), "node", "{}");
			assertThat(gate.get().read().await(5, TimeUnit.SECONDS)).isTrue();
			assertThat(client.delete(a.uri()).statusCode()).isEqualTo(200);
			CompletableFuture<HttpResponse<String>> after = client.callAsync(b.uri(), "node", "{}");
			await().pollDelay(Duration.ofMillis(300)).until(() -> !before.isDone() && !after.isDone());
			gate.get().open().countDown();
			RawClient.assertNotFound(after.join());
			assertThat(before.join().statusCode()).isIn(200, 404);
		}
		finally {
			gate.getAndSet(null).open().countDown();
		}
	}

	/**
	 * Where a restore waits between the store's answer and what is made of it.
	 */
	private record Gate(CountDownLatch read, CountDownLatch open) {

		void pass() {
			this.read.countDown();
			try {
				this.open.await(10, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class GatedRestorer {

		@Bean
		SessionRestorer restorer() {
			return (sessionId, store) -> {
				Optional<SessionRecord> found = store.find(sessionId);
				Gate closed = gate.get();
				if (closed != null) {
					closed.pass();
				}
				return found;
			};
		}

	}

}
