package io.github.mcpsession.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import io.github.mcpsession.ExpiryCleaner;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What every event log must do. Extended once per backend, against the real server.
 */
public abstract class EventLogContract extends AnnouncementsContract {

	protected static final StreamLimits LIMITS = new StreamLimits(100, 100_000, Duration.ofMinutes(5));

	private static final String OWNER = NodeChannelContract.newNode();

	private static final String CALL = "c1";

	private static final String LISTENING = "l1";

	protected String session;

	protected SessionStore store;

	/**
	 * The store of sessions beside the log.
	 */
	protected abstract SessionStore createStore(String namespace);

	/**
	 * A log as one more node would have it, on the same data.
	 */
	protected abstract EventLog createLog(SessionStore store, String namespace, StreamLimits limits);

	/**
	 * How many pieces of data the backend has for the streams and events of a session, as
	 * seen without the log.
	 */
	protected abstract long amountOfData(String namespace, String session);

	@Override
	protected EventLog createLog(String name) {
		return createLog(createStore(name), name, LIMITS);
	}

	@BeforeEach
	void createSession() {
		this.namespace = "ns" + NodeChannelContract.newNode();
		this.store = createStore(this.namespace);
		this.session = newSession(Duration.ofMinutes(5));
		this.log = createLog(this.store, this.namespace, LIMITS);
	}

	protected String newSession(Duration timeout) {
		String id = "session-" + NodeChannelContract.newNode();
		McpSchema.InitializeRequest request = new McpSchema.InitializeRequest("2025-11-25",
				McpSchema.ClientCapabilities.builder().build(), new McpSchema.Implementation("test", "1"));
		assertThat(this.store.create(SessionRecord.create(id, request, "2025-11-25", null), timeout)).isTrue();
		return id;
	}

	private static StreamWrite call(long position, String message) {
		return StreamWrite.toCall(CALL, OWNER, "7", position, message, false);
	}

	private static StreamWrite listening(String message) {
		return StreamWrite.toListener(LISTENING, 0, message, false);
	}

	private static String message(int number) {
		return "{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{\"text\":\"" + number + " '\\\" ü€😀 %s :x ? {}\"}}";
	}

	private List<LoggedEvent> events(String stream, long after) {
		return this.log.read(this.session, stream, after, 1000).orElseThrow().events();
	}

	private StreamState state(String stream) {
		return this.log.read(this.session, stream, 0, 0).orElseThrow().state();
	}

	private static List<Long> positions(List<LoggedEvent> events) {
		return events.stream().map(LoggedEvent::position).toList();
	}

	@Test
	void whatWasWrittenIsReadByAnotherNode() {
		for (int i = 1; i <= 5; i++) {
			assertThat(this.log.write(this.session, call(i, message(i)))).isEqualTo(new WriteResult(true, i, null));
		}
		EventLog other = createLog(this.store, this.namespace, LIMITS);
		Replay replay = other.read(this.session, CALL, 2, 1000).orElseThrow();
		assertThat(replay.events()).containsExactly(new LoggedEvent(3, message(3)), new LoggedEvent(4, message(4)),
				new LoggedEvent(5, message(5)));
		assertThat(replay.state()).isEqualTo(new StreamState(OWNER, "7", 5, false, null, 0, 0));
		assertThat(other.read(this.session, CALL, 5, 1000).orElseThrow().events()).isEmpty();
		assertThat(positions(other.read(this.session, CALL, 1, 2).orElseThrow().events())).containsExactly(2L, 3L);
		assertThat(other.read(this.session, CALL, 0, 0).orElseThrow().events()).isEmpty();
	}

	@Test
	void aStreamBeginsWithoutAMessage() {
		assertThat(this.log.write(this.session, call(0, null))).isEqualTo(new WriteResult(true, 0, null));
		assertThat(state(CALL)).isEqualTo(new StreamState(OWNER, "7", 0, false, null, 0, 0));
		assertThat(this.log.write(this.session, call(1, message(1))).written()).isTrue();
		assertThat(this.log.write(this.session, call(1, null))).isEqualTo(new WriteResult(true, 1, null));
		assertThat(positions(events(CALL, 0))).containsExactly(1L);
	}

	@Test
	void aRequestIdIsKeptAsItIs() {
		String id = "\"id ü€😀 ' | , : \\\" \\n\"";
		this.log.write(this.session, StreamWrite.toCall(CALL, OWNER, id, 1, message(1), false));
		assertThat(state(CALL).requestId()).isEqualTo(id);
		this.log.write(this.session, StreamWrite.toCall("c2", OWNER, null, 1, message(1), false));
		assertThat(state("c2").requestId()).isNull();
		assertThat(state("c2").owner()).isEqualTo(OWNER);
	}

	@Test
	void aPositionIsTakenOnce() {
		this.log.write(this.session, call(1, message(1)));
		assertThat(this.log.write(this.session, call(1, message(2)))).isEqualTo(new WriteResult(false, 1, null));
		this.log.write(this.session, call(3, message(3)));
		assertThat(this.log.write(this.session, call(2, message(2)))).isEqualTo(new WriteResult(false, 3, null));
		assertThat(events(CALL, 0)).containsExactly(new LoggedEvent(1, message(1)), new LoggedEvent(3, message(3)));
	}

	@Test
	void aCompleteStreamTakesNoMore() {
		this.log.write(this.session, call(1, message(1)));
		assertThat(this.log.write(this.session, StreamWrite.toCall(CALL, OWNER, "7", 2, message(2), true)).written())
			.isTrue();
		assertThat(this.log.write(this.session, call(3, message(3)))).isEqualTo(new WriteResult(false, 2, null));
		assertThat(state(CALL).complete()).isTrue();
		assertThat(positions(events(CALL, 0))).containsExactly(1L, 2L);
		this.log.write(this.session, call(3, null));
		assertThat(state(CALL).complete()).isTrue();
		this.log.write(this.session, StreamWrite.toCall("c2", OWNER, "8", 4, null, true));
		assertThat(state("c2")).isEqualTo(new StreamState(OWNER, "8", 4, true, null, 0, 0));
		assertThat(events("c2", 0)).isEmpty();
	}

	@Test
	void theStoreNumbersAListeningStream() {
		assertThat(this.log.write(this.session, listening(message(1))).last()).isOne();
		assertThat(this.log.write(this.session, listening(message(2))).last()).isEqualTo(2);
		assertThat(this.log.write(this.session, StreamWrite.toListener(LISTENING, 2, message(5), false)).last())
			.isEqualTo(5);
		assertThat(this.log.write(this.session, StreamWrite.toListener(LISTENING, 3, null, false)).last()).isEqualTo(8);
		assertThat(positions(events(LISTENING, 0))).containsExactly(1L, 2L, 5L);
		assertThat(state(LISTENING)).isEqualTo(new StreamState(null, null, 8, false, null, 0, 0));
	}

	@Test
	void whatWasDeliveredIsRemembered() {
		this.log.write(this.session, listening(message(1)));
		this.log.write(this.session, StreamWrite.toListener(LISTENING, 0, message(2), true));
		assertThat(state(LISTENING).delivered()).isEqualTo(2);
		this.log.write(this.session, listening(message(3)));
		assertThat(state(LISTENING).delivered()).isEqualTo(2);
		this.log.delivered(this.session, LISTENING, 3, 1_795_000_000_000L);
		this.log.delivered(this.session, LISTENING, 1, 7);
		assertThat(state(LISTENING)).isEqualTo(new StreamState(null, null, 3, false, null, 3, 1_795_000_000_000L));
		this.log.delivered(this.session, "l2", 0, 5);
		assertThat(state("l2")).isEqualTo(new StreamState(null, null, 0, false, null, 0, 5));
	}

	@Test
	void writersAreToldWhoFollows() {
		assertThat(this.log.setReader(this.session, CALL, "node/1")).isEmpty();
		this.log.write(this.session, call(1, message(1)));
		assertThat(this.log.setReader(this.session, CALL, "node/1").orElseThrow().reader()).isNull();
		assertThat(this.log.write(this.session, call(2, message(2)))).isEqualTo(new WriteResult(true, 2, "node/1"));
		assertThat(this.log.setReader(this.session, CALL, "node/2").orElseThrow().reader()).isEqualTo("node/1");
		assertThat(this.log.write(this.session, call(2, message(2)))).isEqualTo(new WriteResult(false, 2, "node/2"));
		assertThat(this.log.setReader(this.session, CALL, null).orElseThrow().last()).isEqualTo(2);
		assertThat(state(CALL)).isEqualTo(new StreamState(OWNER, "7", 2, false, null, 0, 0));
	}

	@Test
	void streamsAndSessionsAreApart() {
		String other = newSession(Duration.ofMinutes(5));
		this.log.write(this.session, call(1, message(1)));
		this.log.write(this.session, StreamWrite.toCall("c2", OWNER, "8", 1, message(2), false));
		assertThat(events(CALL, 0)).containsExactly(new LoggedEvent(1, message(1)));
		assertThat(events("c2", 0)).containsExactly(new LoggedEvent(1, message(2)));
		assertThat(this.log.read(other, CALL, 0, 10)).isEmpty();
		assertThat(this.log.setReader(other, CALL, "x")).isEmpty();
		assertThat(this.log.read(this.session, "c3", 0, 10)).isEmpty();
		this.log.write(other, call(1, message(9)));
		assertThat(events(CALL, 0)).containsExactly(new LoggedEvent(1, message(1)));
	}

	@Test
	void namespacesAreApart() {
		this.log.write(this.session, call(1, message(1)));
		String other = this.namespace + "x";
		assertThat(createLog(createStore(other), other, LIMITS).read(this.session, CALL, 0, 10)).isEmpty();
	}

	@Test
	void nothingIsWrittenForASessionThatIsGone() {
		this.log.write(this.session, call(1, message(1)));
		this.log.write(this.session, listening(message(1)));
		assertThat(amountOfData(this.namespace, this.session)).isPositive();
		assertThat(this.store.delete(this.session)).isTrue();
		assertThat(amountOfData(this.namespace, this.session)).isZero();
		assertThat(this.log.write(this.session, call(2, message(2)))).isEqualTo(WriteResult.GONE);
		this.log.delivered(this.session, LISTENING, 1, 1);
		assertThat(this.log.setReader(this.session, CALL, "x")).isEmpty();
		assertThat(this.log.read(this.session, CALL, 0, 10)).isEmpty();
		assertThat(amountOfData(this.namespace, this.session)).isZero();
	}

	@Test
	void anExpiredSessionLeavesNothingBehind() {
		String expiring = newSession(Duration.ofMillis(500));
		EventLog shortLived = createLog(this.store, this.namespace,
				new StreamLimits(100, 100_000, Duration.ofMillis(500)));
		shortLived.write(expiring, call(1, message(1)));
		shortLived.write(expiring, listening(message(1)));
		await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
			this.store.takeExpired(100);
			cleanUp(shortLived);
			assertThat(amountOfData(this.namespace, expiring)).isZero();
		});
		assertThat(shortLived.write(expiring, call(2, message(1)))).isEqualTo(WriteResult.GONE);
	}

	private static void cleanUp(Object candidate) {
		if (candidate instanceof ExpiryCleaner cleaner) {
			while (cleaner.deleteExpired(100) == 100) {
				// there may be more
			}
		}
	}

	@Test
	void theNumberOfEventsIsBounded() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(10, 1_000_000, Duration.ofMinutes(5)));
		for (int i = 1; i <= 20; i++) {
			small.write(this.session, call(i, message(i)));
			small.write(this.session, listening(message(i)));
		}
		assertThat(positions(events(CALL, 0))).containsExactly(16L, 17L, 18L, 19L, 20L);
		assertThat(positions(events(LISTENING, 0))).containsExactly(16L, 17L, 18L, 19L, 20L);
		assertThat(state(CALL).last()).isEqualTo(20);
	}

	@Test
	void whatIsDroppedToKeepWithinTheLimitsIsCounted() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(3, 1000, Duration.ofMinutes(5)));
		for (int i = 1; i <= 3; i++) {
			assertThat(small.write(this.session, call(i, "small")).dropped()).isZero();
		}
		assertThat(small.write(this.session, call(4, "small")).dropped()).isOne();
		assertThat(small.write(this.session, call(5, "x".repeat(995))).dropped()).isEqualTo(2);
		assertThat(small.write(this.session, call(6, "x".repeat(1001))).dropped()).isOne();
		assertThat(small.write(this.session, call(7, "small")).dropped()).isOne();
	}

	@Test
	void theSizeOfEventsIsBounded() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(1000, 1000, Duration.ofMinutes(5)));
		for (int i = 1; i <= 20; i++) {
			small.write(this.session, call(i, "\"" + "€".repeat(66) + "\""));
		}
		assertThat(positions(events(CALL, 0))).containsExactly(16L, 17L, 18L, 19L, 20L);
	}

	@Test
	void aMessageThatIsTooLargeIsNotKeptAndTakesNoOtherAlong() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(1000, 1000, Duration.ofMinutes(5)));
		small.write(this.session, listening(message(1)));
		small.write(this.session, call(1, message(1)));
		String large = "\"" + "€".repeat(333) + "\"";
		assertThat(small.write(this.session, call(2, large))).isEqualTo(new WriteResult(true, 2, null, 1));
		assertThat(small.write(this.session, call(2, large)).written()).isFalse();
		assertThat(small.write(this.session, StreamWrite.toListener(LISTENING, 1, large, true)))
			.isEqualTo(new WriteResult(true, 3, null, 1));
		assertThat(state(LISTENING).delivered()).isEqualTo(3);
		small.write(this.session, call(3, message(3)));
		assertThat(events(CALL, 0)).containsExactly(new LoggedEvent(1, message(1)), new LoggedEvent(3, message(3)));
		assertThat(events(LISTENING, 0)).containsExactly(new LoggedEvent(1, message(1)));
		StreamWrite end = StreamWrite.toCall(CALL, OWNER, "7", 4, large, true);
		assertThat(small.write(this.session, end).written()).isTrue();
		assertThat(small.write(this.session, end).written()).isFalse();
		assertThat(state(CALL)).isEqualTo(new StreamState(OWNER, "7", 4, true, null, 0, 0));
		assertThat(positions(events(CALL, 0))).containsExactly(1L, 3L);
	}

	private static StreamWrite call(String stream, boolean complete) {
		return StreamWrite.toCall(stream, OWNER, "7", 1, complete ? message(1) : null, complete);
	}

	private List<Integer> kept(String prefix) {
		return IntStream.range(0, 40)
			.filter((i) -> this.log.read(this.session, prefix + i, 0, 0).isPresent())
			.boxed()
			.toList();
	}

	/**
	 * A tenth more or less, for a backend to do it in some few steps.
	 */
	@Test
	void theNumberOfCallsThatAreKnownIsBoundedAndThoseThatHaveEndedGoFirst() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(20, 100_000, Duration.ofMinutes(5)));
		small.write(this.session, listening(message(1)));
		IntStream.range(0, 3).forEach((i) -> small.write(this.session, call("running" + i, false)));
		IntStream.range(0, 20).forEach((i) -> small.write(this.session, call("ended" + i, true)));
		// the clock of a store may have milliseconds only
		await().pollDelay(Duration.ofMillis(10)).until(() -> true);
		small.setReader(this.session, "running1", "node/1");
		IntStream.range(20, 40).forEach((i) -> small.write(this.session, call("ended" + i, true)));
		assertThat(kept("running")).containsExactly(0, 1, 2);
		assertThat(kept("ended")).hasSizeBetween(15, 17).allMatch((i) -> i >= 20).contains(39);
		assertThat(small.write(this.session, call("running1", false)).reader()).isEqualTo("node/1");
		assertThat(state(LISTENING).last()).isOne();
	}

	@Test
	void theNumberOfCallsThatRunIsBoundedToo() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(20, 100_000, Duration.ofMinutes(5)));
		for (int i = 0; i < 40; i++) {
			small.write(this.session, call("running" + i, false));
			if (i == 19) {
				await().pollDelay(Duration.ofMillis(10)).until(() -> true);
			}
		}
		assertThat(kept("running")).hasSizeBetween(18, 22).contains(39);
		assertThat(kept("running").stream().filter((i) -> i < 20)).hasSizeLessThanOrEqualTo(2);
		// one that was dropped goes on
		assertThat(small.write(this.session, StreamWrite.toCall("running0", OWNER, "7", 5, message(5), true)))
			.isEqualTo(new WriteResult(true, 5, null));
		assertThat(state("running0")).isEqualTo(new StreamState(OWNER, "7", 5, true, null, 0, 0));
	}

	private StreamWrite end(String stream, boolean delivered) {
		return StreamWrite.toCall(stream, OWNER, "7", 2, message(2), true).delivered(delivered);
	}

	private static StreamLimits finishedFor(Duration completedRetention) {
		return new StreamLimits(100, 100_000, Duration.ofMinutes(5), completedRetention);
	}

	@Test
	void whatAFinishedCallLeavesIsKeptForAWhile() {
		EventLog forgetful = createLog(this.store, this.namespace, finishedFor(Duration.ofMillis(1500)));
		forgetful.write(this.session, StreamWrite.toCall("done", OWNER, "7", 0, null, false));
		forgetful.write(this.session, call(1, message(1)));
		forgetful.write(this.session, listening(message(1)));
		forgetful.write(this.session, StreamWrite.toCall("done", OWNER, "7", 1, message(1), false));
		forgetful.write(this.session, end("done", true));
		forgetful.write(this.session, end(CALL, false));
		Replay replay = forgetful.read(this.session, "done", 0, 10).orElseThrow();
		assertThat(replay.events()).containsExactly(new LoggedEvent(1, message(1)), new LoggedEvent(2, message(2)));
		assertThat(replay.state()).isEqualTo(new StreamState(OWNER, "7", 2, true, null, 2, 0));
		await().atMost(Duration.ofSeconds(5)).until(() -> forgetful.read(this.session, "done", 0, 10).isEmpty());
		assertThat(positions(events(CALL, 0))).containsExactly(1L, 2L);
		assertThat(positions(events(LISTENING, 0))).containsExactly(1L);
		assertThat(forgetful.write(this.session, end("done", true)).written()).isTrue();
		assertThat(positions(events("done", 0))).containsExactly(2L);
	}

	@Test
	void whatFinishedCallsLeaveGoesWithoutAnotherWrite() {
		EventLog forgetful = createLog(this.store, this.namespace, finishedFor(Duration.ofMillis(300)));
		for (int i = 0; i < 10; i++) {
			forgetful.write(this.session, StreamWrite.toCall("c" + i, OWNER, "7", 0, null, false));
			forgetful.write(this.session, StreamWrite.toCall("c" + i, OWNER, "7", 1, message(1), false));
			forgetful.write(this.session, end("c" + i, true));
		}
		assertThat(amountOfData(this.namespace, this.session)).isPositive();
		await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
			cleanUp(this.store);
			cleanUp(forgetful);
			assertThat(amountOfData(this.namespace, this.session)).isZero();
		});
		assertThat(this.store.find(this.session)).isPresent();
	}

	@Test
	void thatACallWasDeliveredCanBeTakenBack() {
		EventLog forgetful = createLog(this.store, this.namespace, finishedFor(Duration.ofMillis(300)));
		forgetful.write(this.session, call(1, message(1)));
		forgetful.write(this.session, end(CALL, true));
		assertThat(forgetful.write(this.session, StreamWrite.toCall(CALL, OWNER, "7", 2, null, true)))
			.isEqualTo(new WriteResult(true, 2, null));
		forgetful.write(this.session, end("done", true));
		await().atMost(Duration.ofSeconds(5)).until(() -> forgetful.read(this.session, "done", 0, 10).isEmpty());
		assertThat(forgetful.read(this.session, CALL, 0, 10).orElseThrow().events()).hasSize(2);
		forgetful.write(this.session, StreamWrite.toCall(CALL, OWNER, "7", 2, null, true).delivered(true));
		await().atMost(Duration.ofSeconds(5)).until(() -> forgetful.read(this.session, CALL, 0, 10).isEmpty());
	}

	@Test
	void whatAReaderIsToReadIsNotDelivered() {
		this.log.write(this.session, call(1, message(1)));
		this.log.setReader(this.session, CALL, "node/1");
		assertThat(this.log.write(this.session, end(CALL, true)).reader()).isEqualTo("node/1");
		assertThat(state(CALL).isFinished()).isFalse();
		this.log.write(this.session, StreamWrite.toCall(CALL, OWNER, "7", 2, null, true).delivered(true));
		assertThat(state(CALL)).isEqualTo(new StreamState(OWNER, "7", 2, true, "node/1", 2, 0));
		assertThat(this.log.setReader(this.session, CALL, null).orElseThrow().isFinished()).isTrue();
		assertThat(positions(events(CALL, 0))).containsExactly(1L, 2L);
	}

	@Test
	void responsesAreKeptLongerThanNotifications() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(10, 100_000, Duration.ofMinutes(5)));
		small.write(this.session, end("answered", false));
		for (int i = 1; i <= 30; i++) {
			small.write(this.session, call(i, message(i)));
			small.write(this.session, listening(message(i)));
		}
		assertThat(positions(events("answered", 0))).containsExactly(2L);
		assertThat(events(CALL, 0).size() + events(LISTENING, 0).size()).isEqualTo(9);
		IntStream.range(0, 12).forEach((i) -> small.write(this.session, end("later" + i, false)));
		assertThat(small.read(this.session, "answered", 0, 10)).isEmpty();
		assertThat(events(CALL, 0)).isEmpty();
		assertThat(kept("later")).hasSizeBetween(9, 11);
	}

	@Test
	void whatFinishedCallsLeaveIsDroppedFirst() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(12, 100_000, Duration.ofMinutes(5)));
		small.write(this.session, listening(message(1)));
		for (int i = 0; i < 30; i++) {
			String stream = "done" + i;
			small.write(this.session, StreamWrite.toCall(stream, OWNER, "7", 1, message(1), false));
			small.write(this.session, end(stream, true));
		}
		assertThat(positions(events(LISTENING, 0))).containsExactly(1L);
		assertThat(positions(events("done29", 0))).containsExactly(1L, 2L);
		assertThat(events("done22", 0)).isEmpty();
		assertThat(state("done22").isFinished()).isTrue();
		assertThat(small.write(this.session, listening(message(2))).dropped()).isZero();
	}

	@Test
	void theAgeOfEventsIsBounded() {
		EventLog forgetful = createLog(this.store, this.namespace,
				new StreamLimits(100, 100_000, Duration.ofMillis(1500)));
		forgetful.write(this.session, call(1, message(1)));
		forgetful.write(this.session, listening(message(1)));
		await().pollDelay(Duration.ofMillis(900)).until(() -> true);
		forgetful.write(this.session, call(2, message(2)));
		await().atMost(Duration.ofSeconds(5))
			.untilAsserted(() -> assertThat(
					positions(forgetful.read(this.session, CALL, 0, 10).map(Replay::events).orElse(List.of())))
				.doesNotContain(1L));
		await().atMost(Duration.ofSeconds(5))
			.untilAsserted(() -> assertThat(forgetful.read(this.session, CALL, 0, 10)).isEmpty());
		Replay replay = forgetful.read(this.session, LISTENING, 0, 10).orElseThrow();
		assertThat(replay.events()).isEmpty();
		assertThat(replay.state().last()).isOne();
	}

	@Test
	void aRunningCallIsKeptByWritesWithoutAMessage() {
		EventLog forgetful = createLog(this.store, this.namespace,
				new StreamLimits(100, 100_000, Duration.ofMillis(1500)));
		forgetful.write(this.session, call(1, message(1)));
		for (int i = 0; i < 5; i++) {
			await().pollDelay(Duration.ofMillis(500)).until(() -> true);
			forgetful.write(this.session, call(1, null));
		}
		assertThat(forgetful.read(this.session, CALL, 0, 10).orElseThrow().state().last()).isOne();
	}

	@Test
	void aLargeMessageIsKeptWhole() {
		EventLog large = createLog(this.store, this.namespace,
				new StreamLimits(100, 10_000_000, Duration.ofMinutes(5)));
		String message = "\"" + "ü".repeat(1_000_000) + "\"";
		assertThat(large.write(this.session, call(1, message)).written()).isTrue();
		assertThat(large.read(this.session, CALL, 0, 10).orElseThrow().events())
			.containsExactly(new LoggedEvent(1, message));
	}

	@Test
	void manyWritersOfAListeningStreamNeverShareAPosition() throws Exception {
		List<EventLog> nodes = List.of(this.log, createLog(this.store, this.namespace, LIMITS));
		ExecutorService writers = Executors.newFixedThreadPool(8);
		try {
			List<Callable<Long>> tasks = IntStream.range(0, 80)
				.mapToObj((
						i) -> (Callable<Long>) () -> nodes.get(i % 2).write(this.session, listening(message(i))).last())
				.toList();
			List<Long> taken = new ArrayList<>();
			for (Future<Long> result : writers.invokeAll(tasks)) {
				taken.add(result.get());
			}
			assertThat(taken)
				.containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, 80).mapToObj(Long::valueOf).toList());
			assertThat(positions(events(LISTENING, 0))).isSorted().hasSize(80);
		}
		finally {
			writers.shutdownNow();
		}
	}

	@Test
	void oneOfManyWritersGetsAPosition() throws Exception {
		ExecutorService writers = Executors.newFixedThreadPool(8);
		try {
			for (int round = 1; round <= 10; round++) {
				int position = round;
				List<Callable<Boolean>> tasks = IntStream.range(0, 8)
					.mapToObj((i) -> (Callable<Boolean>) () -> this.log.write(this.session, call(position, message(i)))
						.written())
					.toList();
				int written = 0;
				for (Future<Boolean> result : writers.invokeAll(tasks)) {
					written += result.get() ? 1 : 0;
				}
				assertThat(written).isOne();
			}
			assertThat(positions(events(CALL, 0))).hasSize(10);
		}
		finally {
			writers.shutdownNow();
		}
	}

	/**
	 * Whoever follows and then reads misses nothing: a write is either read, or its
	 * writer is told of the reader.
	 */
	@Test
	void noWriteIsMissedByAReaderThatComesMeanwhile() throws Exception {
		ExecutorService writer = Executors.newSingleThreadExecutor();
		try {
			for (int round = 0; round < 10; round++) {
				String stream = "cr" + round;
				this.log.write(this.session, StreamWrite.toCall(stream, OWNER, "1", 0, null, false));
				Future<List<Long>> unnoticed = writer.submit(() -> {
					List<Long> positions = new ArrayList<>();
					for (int i = 1; i <= 8; i++) {
						WriteResult result = this.log.write(this.session,
								StreamWrite.toCall(stream, OWNER, "1", i, message(i), false));
						if (result.reader() == null) {
							positions.add(result.last());
						}
					}
					return positions;
				});
				this.log.setReader(this.session, stream, "me");
				List<Long> read = positions(events(stream, 0));
				assertThat(read).containsAll(unnoticed.get());
			}
		}
		finally {
			writer.shutdownNow();
		}
	}

	@Test
	void anUnknownStreamIsEmpty() {
		assertThat(this.log.read(this.session, CALL, 0, 10)).isEqualTo(Optional.empty());
	}

	/**
	 * Two nodes take turns. A session has fewer events than would be dropped.
	 */
	@Test
	void randomCallsDoWhatTheyDoToAModel() throws Exception {
		RandomCalls calls = new RandomCalls();
		List<EventLog> nodes = List.of(this.log, createLog(this.store, this.namespace, LIMITS));
		AtomicReference<EventLogModel> model = new AtomicReference<>();
		calls.run((i) -> {
			if (i % 90 == 0) {
				assertThat(this.store.delete(this.session)).isTrue();
				assertThat(amountOfData(this.namespace, this.session)).isZero();
				this.session = newSession(Duration.ofMinutes(5));
				model.set(new EventLogModel(this.session, OWNER, calls.random()));
			}
			model.get().step(nodes.get(calls.random().nextInt(2)));
		});
	}

}
