package io.github.mcpsession.nodes;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.EventStreamReader.Event;
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
 * Streams that are cut on one node and resumed on another.
 * {@code -Dcluster.processes=true} for two processes.
 */
@OnBackends({ Backend.REDIS, Backend.REDIS_CLUSTER, Backend.POSTGRESQL, Backend.MARIADB })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResumptionTests {

	@Parameter
	private Backend backend;

	private static final int ROUNDS = Integer.getInteger("resumption.rounds", 20);

	private static final Duration SOON = Duration.ofSeconds(10);

	private final StartedNodes nodes = new StartedNodes();

	private URI a;

	private URI b;

	@BeforeParameterizedClassInvocation
	void startNodes() {
		this.a = start("A");
		this.b = start("B");
	}

	private URI start(String name) {
		List<String> properties = new ArrayList<>(this.backend.properties());
		properties.add("mcp.session.namespace=resumption-" + System.identityHashCode(this));
		properties.add("mcp.session.streams.detachable-tools=poll,ten");
		// a machine that is busy is no store that is away
		properties.add("mcp.session.store-timeout=10s");
		return this.nodes.start(name, properties);
	}

	@AfterParameterizedClassInvocation
	void stopNodes() {
		this.nodes.stop();
	}

	private static String pause(long millis) {
		return "{\"pause\":" + millis + "}";
	}

	/**
	 * The number of a message of the tool "ten"; 11 for its result.
	 */
	private static int number(Event event) {
		String data = event.message().at("/params/data").asString("");
		return event.message().has("result") ? 11 : Integer.parseInt(data.substring("message ".length()));
	}

	private static void assertWhole(EventStreamReader first, EventStreamReader second) {
		List<Event> all = new ArrayList<>(first.messageEvents());
		all.addAll(second.messageEvents());
		assertThat(all.stream().map(ResumptionTests::number)).containsExactlyElementsOf(range(1, 11));
		assertThat(all).extracting(Event::id).doesNotContainNull().doesNotHaveDuplicates();
		String stream = all.get(0).id().substring(0, all.get(0).id().indexOf('_'));
		assertThat(all).extracting(Event::id)
			.containsExactlyElementsOf(range(1, 11).stream().map((position) -> stream + "_" + position).toList());
	}

	private static List<Integer> range(int first, int last) {
		return IntStream.rangeClosed(first, last).boxed().toList();
	}

	@Test
	void aCallThatIsCutAfterItsSecondMessageGoesOnOnAnotherNode() {
		RawClient client = new RawClient().initialize(this.a);
		EventStreamReader call = client.callStreaming(this.a, "ten", pause(50));
		call.awaitEvents(3);
		call.cut();
		EventStreamReader rest = client.listening(this.b, call.lastEventId());
		assertThat(rest.awaitText()).isEqualTo("ten sent by A");
		rest.awaitEnd();
		assertThat(number(rest.messageEvents().get(0))).isEqualTo(number(last(call)) + 1);
		assertWhole(call, rest);
	}

	private static Event last(EventStreamReader stream) {
		List<Event> events = stream.messageEvents();
		return events.get(events.size() - 1);
	}

	/**
	 * The client comes back while the call is writing, and the node that runs it may not
	 * have noticed that it had gone.
	 */
	@Test
	void aCallMayBeCutAnywhereAndResumedAtOnce() {
		Random random = new Random(42);
		RawClient client = new RawClient().initialize(this.a);
		for (int round = 0; round < ROUNDS; round++) {
			EventStreamReader call = client.callStreaming(this.a, "ten", pause(random.nextInt(4)));
			call.awaitEvents(1 + random.nextInt(11));
			if (random.nextBoolean()) {
				call.cut();
			}
			// the first connection may still be read when it is not cut
			List<Event> seen = List.copyOf(call.events());
			EventStreamReader rest = client.listening(this.b, seen.get(seen.size() - 1).id());
			rest.awaitEnd();
			List<Integer> numbers = new ArrayList<>();
			List<String> ids = new ArrayList<>();
			seen.stream().filter((event) -> !event.data().isEmpty()).forEach((event) -> {
				numbers.add(number(event));
				ids.add(event.id());
			});
			rest.messageEvents().forEach((event) -> {
				numbers.add(number(event));
				ids.add(event.id());
			});
			assertThat(numbers).as("round %d", round).containsExactlyElementsOf(range(1, 11));
			assertThat(ids).doesNotHaveDuplicates();
		}
	}

	@Test
	void aCallMayBeCutManyTimes() {
		RawClient client = new RawClient().initialize(this.a);
		EventStreamReader stream = client.callStreaming(this.a, "ten", pause(60));
		List<Event> events = new ArrayList<>();
		List<URI> nodes = List.of(this.b, this.a, this.b, this.a);
		String last = null;
		for (URI node : nodes) {
			EventStreamReader current = stream;
			// a client that was slow may have the end already
			await().atMost(SOON).until(() -> current.events().size() >= 3 || current.hasEnded());
			stream.cut();
			stream.awaitEnd();
			events.addAll(stream.messageEvents());
			last = stream.events().isEmpty() ? last : stream.lastEventId();
			stream = client.listening(node, last);
		}
		stream.awaitEnd();
		events.addAll(stream.messageEvents());
		assertThat(events.stream().map(ResumptionTests::number)).containsExactlyElementsOf(range(1, 11));
	}

	@Test
	void aCallThatHasEndedIsReplayedWhole() {
		RawClient client = new RawClient().initialize(this.a);
		EventStreamReader call = client.callStreaming(this.a, "ten", pause(0));
		call.awaitEnd();
		EventStreamReader again = client.listening(this.b, call.events().get(0).id());
		again.awaitEnd();
		assertThat(again.messageEvents()).isEqualTo(call.messageEvents());
		assertThat(again.events().get(0)).isEqualTo(call.events().get(0));
	}

	@Test
	void aToolLetsGoOfItsConnectionAndIsPolled() {
		RawClient client = new RawClient().named("claude-ai").initialize(this.a);
		EventStreamReader call = client.callStreaming(this.a, "poll", "{\"millis\":700}");
		call.awaitEnd();
		assertThat(call.messageEvents()).isEmpty();
		assertThat(call.events()).extracting(Event::retry).contains("1000");
		EventStreamReader early = client.listening(this.b, call.lastEventId());
		early.awaitEvents(1);
		EventStreamReader rest = client.listening(this.b, call.lastEventId());
		assertThat(rest.awaitText()).isEqualTo("polled on A");
		rest.awaitEnd();
		early.awaitEnd();
		assertThat(early.messageEvents()).isEmpty();
		EventStreamReader late = client.listening(this.a, call.lastEventId());
		assertThat(late.awaitText()).isEqualTo("polled on A");
	}

	@Test
	void aQuestionIsAskedAgainAfterACutAndAnsweredOnce() {
		RawClient client = new RawClient().initialize(this.a);
		EventStreamReader call = client.callStreaming(this.a, "elicit", "{\"question\":\"q\"}");
		String primer = call.events().isEmpty() ? null : call.events().get(0).id();
		String id = call.awaitMethod("elicitation/create").path("id").asString();
		call.cut();
		EventStreamReader rest = client.listening(this.b, (primer != null) ? primer : call.events().get(0).id());
		assertThat(rest.awaitMethod("elicitation/create").path("id").asString()).isEqualTo(id);
		assertThat(client.answer(this.b, id, "{\"action\":\"accept\",\"content\":{\"answer\":\"x\"}}").statusCode())
			.isEqualTo(202);
		assertThat(rest.awaitText()).isEqualTo("A heard x");
	}

	@Test
	void anotherSessionGetsNothingOfAStream() {
		RawClient client = new RawClient().initialize(this.a);
		RawClient stranger = new RawClient().initialize(this.a);
		EventStreamReader call = client.callStreaming(this.a, "ten", pause(0));
		call.awaitEnd();
		EventStreamReader listening = client.listening(this.a);
		listening.awaitEvents(1);
		List<List<Event>> answers = new ArrayList<>();
		for (String id : List.of(call.events().get(0).id(), listening.events().get(0).id(), "c0_1", "l0_1", "x",
				"c" + "0".repeat(32) + "_0", "_", "a_b", call.lastEventId() + "x", "../../x_1")) {
			EventStreamReader stolen = stranger.listening(this.b, id);
			stolen.awaitEvents(2);
			assertThat(stolen.status()).isEqualTo(200);
			assertThat(stolen.messages()).hasSize(1);
			assertThat(stolen.messages().get(0).at("/params/data/reason").asString()).isEqualTo("messages-lost");
			answers.add(List.copyOf(stolen.events()));
			stolen.cut();
		}
		assertThat(new HashSet<>(answers)).hasSize(1);
	}

	@Test
	void aListeningStreamIsResumedAndIsTheListeningStream() {
		RawClient client = new RawClient().initialize(this.a);
		EventStreamReader first = client.listening(this.a);
		first.awaitEvents(1);
		client.call(this.b, "notify", "{\"text\":\"one\"}");
		first.awaitMethod("notifications/message");
		first.cut();
		client.call(this.b, "notify", "{\"text\":\"two\"}");
		client.call(this.a, "notify", "{\"text\":\"three\"}");
		EventStreamReader second = client.listening(this.b, first.lastEventId());
		await().atMost(SOON).untilAsserted(() -> assertThat(texts(second)).containsExactly("two", "three"));
		client.call(this.a, "notify", "{\"text\":\"four\"}");
		client.call(this.b, "notify", "{\"text\":\"five\"}");
		await().atMost(SOON)
			.untilAsserted(() -> assertThat(texts(second)).containsExactly("two", "three", "four", "five"));
		List<String> ids = new ArrayList<>();
		first.messageEvents().forEach((event) -> ids.add(event.id()));
		second.messageEvents().forEach((event) -> ids.add(event.id()));
		assertThat(ids).doesNotContainNull().doesNotHaveDuplicates();
	}

	private static List<String> texts(EventStreamReader stream) {
		return stream.messages().stream().map((message) -> message.at("/params/data").asString("?")).toList();
	}

	@Test
	void whatIsSentWhileNobodyListensIsKeptAndDeliveredOnce() {
		RawClient client = new RawClient().initialize(this.a);
		for (int i = 1; i <= 5; i++) {
			client.call((i % 2 == 0) ? this.a : this.b, "notify", "{\"text\":\"kept " + i + "\"}");
		}
		EventStreamReader first = client.listening(this.b);
		await().atMost(SOON)
			.untilAsserted(
					() -> assertThat(texts(first)).containsExactly("kept 1", "kept 2", "kept 3", "kept 4", "kept 5"));
		client.call(this.a, "notify", "{\"text\":\"live\"}");
		await().atMost(SOON).untilAsserted(() -> assertThat(texts(first)).endsWith("live").hasSize(6));
		EventStreamReader second = client.listening(this.a);
		second.awaitEvents(1);
		client.call(this.b, "notify", "{\"text\":\"later\"}");
		await().atMost(SOON).untilAsserted(() -> assertThat(texts(second)).containsExactly("later"));
		assertThat(first.hasEnded()).isFalse();
	}

	/**
	 * The stream is opened again and again while messages are sent by both nodes.
	 */
	@Test
	void nothingIsLostOrDoubledWhileAListenerMovesAbout() throws Exception {
		RawClient client = new RawClient().initialize(this.a);
		int messages = 60;
		List<String> seenWithCalls = new CopyOnWriteArrayList<>();
		Thread sender = new Thread(() -> {
			for (int i = 1; i <= messages; i++) {
				EventStreamReader call = client.callStreaming((i % 2 == 0) ? this.a : this.b, "notify",
						"{\"text\":\"" + i + "\"}");
				call.awaitEnd();
				texts(call).stream().filter((text) -> !text.equals("?")).forEach(seenWithCalls::add);
			}
		});
		sender.start();
		List<String> seen = new ArrayList<>();
		EventStreamReader stream = client.listening(this.a);
		stream.awaitEvents(1);
		for (int i = 0; sender.isAlive(); i++) {
			Thread.sleep(40);
			stream.cut();
			stream.awaitEnd();
			seen.addAll(texts(stream));
			String last = stream.lastEventId();
			stream = client.listening((i % 2 == 0) ? this.b : this.a, last);
			stream.awaitEvents(1);
		}
		EventStreamReader end = stream;
		await().atMost(SOON)
			.untilAsserted(
					() -> assertThat(seen.size() + texts(end).size() + seenWithCalls.size()).isEqualTo(messages));
		seen.addAll(texts(end));
		assertThat(seen.stream().map(Integer::valueOf).toList()).isSorted();
		seen.addAll(seenWithCalls);
		assertThat(seen)
			.containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, messages).mapToObj(String::valueOf).toList());
	}

	@Test
	void aBroadcastIsToldOnceToEachSessionThatMissedIt() {
		RawClient listens = new RawClient().initialize(this.a);
		RawClient comesLater = new RawClient().initialize(this.b);
		RawClient comesBack = new RawClient().initialize(this.b);
		EventStreamReader live = listens.listening(this.a);
		EventStreamReader before = comesBack.listening(this.b);
		live.awaitEvents(1);
		before.awaitEvents(1);
		before.cut();
		before.awaitEnd();
		listens.call(this.b, "addTool", "{\"name\":\"t" + System.nanoTime() + "\"}");
		listens.call(this.a, "addTool", "{\"name\":\"t" + System.nanoTime() + "\"}");
		await().atMost(SOON).untilAsserted(() -> assertThat(changes(live)).isEqualTo(2));
		assertThat(live.messageEvents()).extracting(Event::id).doesNotContainNull().doesNotHaveDuplicates();
		for (EventStreamReader late : List.of(comesLater.listening(this.a),
				comesBack.listening(this.a, before.lastEventId()))) {
			late.awaitMethod("notifications/tools/list_changed");
			assertThat(changes(late)).isOne();
		}
		EventStreamReader again = comesLater.listening(this.b);
		again.awaitEvents(1);
		comesLater.call(this.b, "notify", "{\"text\":\"marker\"}");
		again.awaitMethod("notifications/message");
		assertThat(changes(again)).isZero();
		// a session that began afterwards has missed nothing
		RawClient afterwards = new RawClient().initialize(this.b);
		EventStreamReader fresh = afterwards.listening(this.a);
		afterwards.call(this.b, "notify", "{\"text\":\"marker\"}");
		fresh.awaitMethod("notifications/message");
		assertThat(changes(fresh)).isZero();
	}

	private static long changes(EventStreamReader stream) {
		return stream.methods().stream().filter("notifications/tools/list_changed"::equals).count();
	}

	@Test
	void anUpdateOfAResourceIsToldToItsSubscribersLater() {
		RawClient subscriber = new RawClient().initialize(this.a);
		RawClient other = new RawClient().initialize(this.a);
		subscriber.request(this.a, "resources/subscribe", "{\"uri\":\"test://thing\"}");
		subscriber.call(this.a, "update", "{\"uri\":\"test://thing\"}");
		EventStreamReader told = subscriber.listening(this.b);
		told.awaitMethod("notifications/resources/updated");
		EventStreamReader notTold = other.listening(this.b);
		other.call(this.a, "notify", "{\"text\":\"marker\"}");
		notTold.awaitMethod("notifications/message");
		assertThat(notTold.methods()).doesNotContain("notifications/resources/updated");
	}

	@Test
	void aSessionThatEndsTakesItsStreamsWithIt() {
		RawClient client = new RawClient().initialize(this.a);
		EventStreamReader call = client.callStreaming(this.a, "slow", "{\"millis\":3000}");
		call.awaitEvents(1);
		call.cut();
		EventStreamReader resumed = client.listening(this.b, call.lastEventId());
		resumed.awaitEvents(1);
		client.delete(this.a);
		resumed.awaitEnd();
		assertThat(resumed.messageEvents()).isEmpty();
		assertThat(client.listening(this.b, call.lastEventId()).status()).isEqualTo(404);
	}

}
