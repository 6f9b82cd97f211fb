package io.github.mcpsession.wire;

import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.Stream;

import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.EventStreamReader.Event;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.modelcontextprotocol.server.McpSyncServer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;
import org.junit.jupiter.api.TestInstance;

import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What goes over the line on one node, whichever transport serves it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StreamContract {

	private static final Duration SOON = Duration.ofSeconds(10);

	@AutoClose
	private Node node;

	private URI uri;

	protected abstract List<Class<?>> sources();

	@BeforeAll
	void start() {
		this.node = start("mcp.session.streams.heartbeat-interval=200ms",
				"mcp.session.streams.detachable-tools=poll,slow");
		this.uri = this.node.uri();
	}

	private Node start(String... properties) {
		return Node.start(sources(), "A", List.of(properties));
	}

	private static RawClient older() {
		return new RawClient(Map.of(), "2025-06-18");
	}

	@Test
	void aResponseBeginsAtOnceWithAnIdToComeBackWith() {
		RawClient client = new RawClient().initialize(this.uri);
		EventStreamReader call = client.callStreaming(this.uri, "slow", "{\"millis\":1500}");
		call.awaitEvents(1);
		assertThat(call.hasEnded()).isFalse();
		assertThat(call.status()).isEqualTo(200);
		Event first = call.events().get(0);
		assertThat(first.id()).matches("c[0-9a-f]{32}_0");
		assertThat(first.retry()).isNull();
		assertThat(first.data()).isEmpty();
		assertThat(call.awaitText()).isEqualTo("done");
		assertThat(call.messageEvents()).extracting(Event::id).containsExactly(first.id().replace("_0", "_1"));
		call.awaitEnd();
	}

	@Test
	void aListeningStreamBeginsAtOnceWithAnIdToComeBackWith() {
		RawClient client = new RawClient().initialize(this.uri);
		EventStreamReader listening = client.listening(this.uri);
		listening.awaitEvents(1);
		Event first = listening.events().get(0);
		assertThat(first.id()).matches("l[0-9a-f]{32}_0\\.\\d+");
		assertThat(first.retry()).isNull();
		assertThat(first.data()).isEmpty();
	}

	@Test
	void aClientOfAnOlderProtocolGetsACommentAndNeverAnEventWithoutData() {
		RawClient client = older().initialize(this.uri);
		EventStreamReader listening = client.listening(this.uri);
		EventStreamReader call = client.callStreaming(this.uri, "slow", "{\"millis\":1000}");
		await().atMost(SOON).until(() -> call.comments() > 0 && listening.comments() > 0);
		assertThat(call.hasEnded()).isFalse();
		assertThat(call.awaitText()).isEqualTo("done");
		client.call(this.uri, "log");
		EventStreamReader polled = client.callStreaming(this.uri, "poll", "{\"millis\":100}");
		assertThat(polled.awaitText()).isEqualTo("not closed on A");
		EventStreamReader again = client.listening(this.uri, call.lastEventId().replace("_1", "_0"));
		assertThat(again.awaitText()).isEqualTo("done");
		for (EventStreamReader stream : List.of(listening, call, polled, again)) {
			assertThat(stream.events()).allSatisfy((event) -> assertThat(event.data()).isNotBlank());
			assertThat(stream.events()).allSatisfy((event) -> assertThat(event.retry()).isNull());
		}
	}

	/**
	 * The Java SDK 0.11 does not know comments.
	 */
	@Test
	void aClientOfTheOldestProtocolGetsHeadersAtOnceAndNothingButMessages() {
		RawClient client = new RawClient(Map.of(), "2025-03-26").initialize(this.uri);
		EventStreamReader listening = client.listening(this.uri);
		EventStreamReader call = client.callStreaming(this.uri, "slow", "{\"millis\":1500}");
		assertThat(List.of(call.status(), listening.status())).containsOnly(200);
		assertThat(call.hasEnded()).isFalse();
		assertThat(call.awaitText()).isEqualTo("done");
		call.awaitEnd();
		for (EventStreamReader stream : List.of(listening, call)) {
			assertThat(stream.events()).allSatisfy((event) -> assertThat(event.data()).isNotBlank());
			assertThat(stream.comments()).isZero();
		}
	}

	/**
	 * The Java SDK before 2.1 does not know the field, whatever headers it sends.
	 */
	@Test
	void onlyAClientThatIsKnownToTakeItIsAskedWhenToComeBack() {
		RawClient client = new RawClient().initialize(this.uri);
		EventStreamReader call = client.callStreaming(this.uri, "poll", "{\"millis\":100}");
		call.awaitEnd();
		assertThat(call.events()).extracting(Event::retry).containsOnlyNulls();
		assertThat(client.listening(this.uri, call.lastEventId()).awaitText()).isEqualTo("polled on A");
		RawClient known = new RawClient(Map.of("Cache-Control", "no-cache", "User-Agent", "acme-agent/1.0"))
			.named("claude-ai")
			.initialize(this.uri);
		EventStreamReader other = known.callStreaming(this.uri, "poll", "{\"millis\":100}");
		other.awaitEnd();
		assertThat(other.events()).extracting(Event::retry).containsExactly(null, "1000");
	}

	/**
	 * As Vercel's, which tries to read the empty data as JSON.
	 */
	@Test
	void aClientThatIsKnownNotToTakeAnEventWithoutDataGetsNone() {
		RawClient client = new RawClient().named("ai-sdk-mcp-client").initialize(this.uri);
		EventStreamReader listening = client.listening(this.uri);
		EventStreamReader call = client.callStreaming(this.uri, "slow", "{\"millis\":300}");
		assertThat(call.awaitText()).isEqualTo("done");
		client.call(this.uri, "notify", "{\"text\":\"x\"}");
		listening.awaitMethod("notifications/message");
		for (EventStreamReader stream : List.of(listening, call)) {
			assertThat(stream.events()).hasSize(1).allSatisfy((event) -> assertThat(event.data()).isNotBlank());
		}
	}

	/**
	 * As an EventSource does, and some clients with streams of calls that have ended.
	 */
	@Test
	void aClientThatReconnectsEveryStreamThatEndsIsStopped() {
		RawClient client = new RawClient().initialize(this.uri);
		int gets = 0;
		for (int i = 0; i < 20; i++) {
			EventStreamReader call = client.callStreaming(this.uri, "log", "{}");
			call.awaitEnd();
			String last = call.lastEventId();
			for (int again = 0; again < 5; again++) {
				gets++;
				EventStreamReader rest = client.listening(this.uri, last);
				if (rest.status() == 204) {
					break;
				}
				rest.awaitEnd();
				last = rest.events().isEmpty() ? last : rest.lastEventId();
			}
		}
		assertThat(gets).isLessThan(25);
	}

	@Test
	void ofTwoListeningStreamsTheNewerGetsTheMessagesAndTheOlderStaysOpen() throws InterruptedException {
		RawClient client = new RawClient().initialize(this.uri);
		EventStreamReader older = client.listening(this.uri);
		older.awaitEvents(1);
		EventStreamReader newer = client.listening(this.uri);
		newer.awaitEvents(1);
		int seconds = Integer.getInteger("listening.seconds", 2);
		for (int i = 1; i <= seconds; i++) {
			client.call(this.uri, "notify", "{\"text\":\"" + i + "\"}");
			this.node.bean(McpSyncServer.class).notifyToolsListChanged();
			Thread.sleep(1000);
		}
		await().atMost(SOON).until(() -> newer.messages().size() >= 2 * seconds);
		int comments = older.comments();
		await().atMost(SOON).until(() -> older.comments() > comments + 2);
		assertThat(older.hasEnded() || newer.hasEnded()).isFalse();
		assertThat(older.messages()).isEmpty();
		assertThat(newer.messages()).hasSize(2 * seconds);
		newer.cut();
		await().atMost(SOON).until(() -> {
			client.call(this.uri, "notify", "{\"text\":\"after\"}");
			return !older.messages().isEmpty();
		});
		assertThat(older.methods()).containsOnly("notifications/message");
		assertThat(older.messages()).allMatch((message) -> message.at("/params/data").asString().equals("after"));
		assertThat(older.messages()).hasSizeLessThanOrEqualTo(20);
	}

	@Test
	void everyMessageHasAnIdThatNoOtherHas() {
		RawClient client = new RawClient().initialize(this.uri);
		List<String> ids = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			EventStreamReader call = client.callStreaming(this.uri, "log", "{}");
			call.awaitEnd();
			assertThat(call.messageEvents()).hasSizeGreaterThan(1).extracting(Event::id).doesNotContainNull();
			call.messageEvents().forEach((event) -> ids.add(event.id()));
		}
		assertThat(ids).doesNotHaveDuplicates();
	}

	@Test
	void anUnknownMethodAndAFailureEndTheStreamToo() {
		RawClient client = new RawClient().initialize(this.uri);
		for (String method : List.of("no/such/method", "tools/call")) {
			String body = client.request(this.uri, method, "{\"name\":\"none\"}");
			assertThat(body).contains("\"error\"").doesNotContain("id: c");
		}
	}

	@Test
	void commentsKeepAConnectionAliveAndShowWhenItIsDead() {
		RawClient client = new RawClient().initialize(this.uri);
		EventStreamReader listening = client.listening(this.uri);
		EventStreamReader call = client.callStreaming(this.uri, "slow", "{\"millis\":2000}");
		await().atMost(SOON).until(() -> listening.comments() > 2 && call.comments() > 2);
		assertThat(this.node.manager().find(client.sessionId()).orElseThrow().listener()).isNotNull();
		listening.cut();
		await().atMost(SOON).until(() -> this.node.manager().find(client.sessionId()).orElseThrow().listener() == null);
	}

	@Test
	void aToolLetsGoOfItsConnection() {
		RawClient client = new RawClient().named("claude-ai").initialize(this.uri);
		EventStreamReader call = client.callStreaming(this.uri, "poll", "{\"millis\":1000}");
		call.awaitEnd();
		assertThat(call.messageEvents()).isEmpty();
		assertThat(call.events()).extracting(Event::retry).containsExactly(null, "1000");
		EventStreamReader rest = client.listening(this.uri, call.lastEventId());
		assertThat(rest.awaitText()).isEqualTo("polled on A");
		rest.awaitEnd();
	}

	/**
	 * More than the threads of {@link Schedulers#boundedElastic()}, which others need as
	 * well.
	 */
	@Test
	void manyToolsThatTakeLongRunAtOnce() {
		RawClient client = new RawClient().initialize(this.uri);
		List<EventStreamReader> calls = Stream
			.generate(() -> client.callStreaming(this.uri, "poll", "{\"millis\":15000}"))
			.limit(Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE + 5)
			.toList();
		await().atMost(SOON).until(() -> calls.stream().allMatch(EventStreamReader::hasEnded));
		assertThat(client.delete(this.uri).statusCode()).isEqualTo(200);
	}

	private static String callWithId(String id, String tool, String arguments) {
		return """
				{"jsonrpc":"2.0","id":"%s","method":"tools/call","params":{"name":"%s","arguments":%s}}
				""".formatted(id, tool, arguments);
	}

	/**
	 * The longest id that the transport lets the session know.
	 */
	protected int longestId() {
		return 5_000_000;
	}

	@Test
	void aRequestWithALongIdIsAnsweredButNotKept() {
		RawClient client = new RawClient().initialize(this.uri);
		for (int length : List.of(255, longestId())) {
			String id = "A".repeat(length);
			HttpResponse<String> logged = client.post(this.uri, callWithId(id, "log", "{}"));
			assertThat(logged.statusCode()).isEqualTo(200);
			assertThat(RawClient.textOf(logged.body())).startsWith("logged");
			assertThat(logged.body()).contains("\"id\":\"" + id + "\"").contains("notifications/message");
			assertThat(logged.body().lines()).noneMatch((line) -> line.startsWith("id:") || line.startsWith("retry:"));
			HttpResponse<String> polled = client.post(this.uri, callWithId(id, "poll", "{\"millis\":300}"));
			assertThat(RawClient.textOf(polled.body())).isEqualTo("not closed on A");
			assertThat(polled.body().lines()).noneMatch((line) -> line.startsWith("id:") || line.startsWith("retry:"));
			assertThat(logs()).doesNotContainKey(client.sessionId());
		}
		assertThat(client.post(this.uri, callWithId("A".repeat(254), "log", "{}")).body().lines())
			.anyMatch((line) -> line.startsWith("id: c"));
		assertThat(logs()).containsKey(client.sessionId());
	}

	@SuppressWarnings("unchecked")
	private Map<String, ?> logs() {
		return (Map<String, ?>) ReflectionTestUtils.getField(this.node.bean(MemoryEventLog.class), "logs");
	}

	@Test
	void messagesThatWereDroppedAreNotPassedOver() {
		try (Node small = start("mcp.session.streams.max-events=4")) {
			RawClient client = new RawClient().initialize(small.uri());
			EventStreamReader call = client.callStreaming(small.uri(), "log", "{}");
			call.awaitEnd();
			EventStreamReader other = client.callStreaming(small.uri(), "log", "{}");
			other.awaitEnd();
			EventStreamReader resumed = client.listening(small.uri(), call.events().get(0).id());
			resumed.awaitEnd();
			assertThat(resumed.messages()).hasSize(1);
			assertThat(resumed.messages().get(0).at("/error/code").asInt()).isEqualTo(-32603);
			assertThat(resumed.messages().get(0).path("id").asInt()).isOne();
			EventStreamReader whole = client.listening(small.uri(), other.events().get(0).id());
			whole.awaitEnd();
			assertThat(whole.messageEvents()).isEqualTo(other.messageEvents());
		}
	}

	@Test
	void aListenerIsToldThatMessagesWereDropped() {
		try (Node small = start("mcp.session.streams.max-events=3", "mcp.session.streams.deliver-with-calls=false")) {
			RawClient client = new RawClient().initialize(small.uri());
			EventStreamReader first = client.listening(small.uri());
			first.awaitEvents(1);
			first.cut();
			for (int i = 1; i <= 5; i++) {
				client.call(small.uri(), "notify", "{\"text\":\"" + i + "\"}");
			}
			EventStreamReader second = client.listening(small.uri(), first.lastEventId());
			second.awaitMethod("notifications/message");
			client.call(small.uri(), "notify", "{\"text\":\"last\"}");
			await().atMost(SOON)
				.until(() -> second.messages()
					.stream()
					.anyMatch((message) -> message.at("/params/data").asString("").equals("last")));
			assertThat(second.messages().get(0).at("/params/data/reason").asString("")).isEqualTo("messages-lost");
			assertThat(second.messages()).hasSize(5);
		}
	}

	@Test
	void streamsThatAreNotResumableAreAsWithoutThisLibrary() {
		try (Node plain = start("mcp.session.streams.resumable=false", "mcp.session.streams.detachable-tools=poll")) {
			RawClient client = new RawClient().initialize(plain.uri());
			EventStreamReader call = client.callStreaming(plain.uri(), "poll", "{\"millis\":100}");
			assertThat(call.awaitText()).isEqualTo("not closed on A");
			call.awaitEnd();
			assertThat(call.events()).hasSize(1);
			assertThat(call.comments()).isZero();
			EventStreamReader listening = client.listening(plain.uri());
			await().atMost(SOON).until(() -> plain.manager().find(client.sessionId()).orElseThrow().listener() != null);
			client.call(plain.uri(), "notify", "{\"text\":\"x\"}");
			listening.awaitMethod("notifications/message");
			assertThat(Stream.concat(call.events().stream(), listening.events().stream()))
				.noneMatch((event) -> event.retry() != null || event.data().isEmpty());
		}
	}

}
