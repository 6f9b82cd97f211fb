package io.github.mcpsession.stream;

import java.lang.reflect.Proxy;
import java.time.Duration;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemorySessionStore;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What the log knows of a call that sent messages while the store was away.
 */
class CallStreamTests {

	private final SessionRecord session = primed(SessionStoreContract.newSession());

	private final MemorySessionStore store = new MemorySessionStore();

	private final StreamLimits limits = new StreamLimits(10, 100_000, Duration.ofMinutes(1));

	private final MemoryEventLog log = new MemoryEventLog(this.store, this.limits);

	private final RecordingConnection connection = new RecordingConnection();

	private final NodeStreams streams = TestStreams.of(log(), this.limits);

	private boolean away;

	private int logCalls;

	CallStreamTests() {
		this.store.create(this.session, Duration.ofMinutes(1));
	}

	private EventLog log() {
		return (EventLog) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { EventLog.class },
				(proxy, method, arguments) -> {
					this.logCalls++;
					if (this.away) {
						throw new SessionStoreException("away", null);
					}
					return method.invoke(this.log, arguments);
				});
	}

	private static SessionRecord primed(SessionRecord session) {
		return SessionRecord.create(session.id(), session.initializeRequest(), "2025-11-25", session.principal());
	}

	private CallStream open() {
		return new CallStream(this.streams, this.session, "7", this.connection, this.connection::close);
	}

	private String id() {
		return EventId.parse(this.connection.written.get(0)).orElseThrow().stream();
	}

	@Test
	void aResponseThatIsTheFirstMessageGoesOutAlone() {
		CallStream stream = open();
		stream.send("{\"result\":1}", true);
		stream.end();
		assertThat(this.connection.written).containsExactly("null {\"result\":1}");
		stream.beginUnlessBusy();
		assertThat(this.connection.written).hasSize(1);
		assertThat(this.log.read(this.session.id(), stream.id, 0, 10)).isEmpty();
	}

	@Test
	void whileTheNodeDrainsOnlyTheThreadOfTheRequestWrites() {
		CallStream stream = open();
		this.streams.drain(true);
		assertThat(stream.beginUnlessBusy()).isTrue();
		stream.heartbeat();
		assertThat(this.connection.written).isEmpty();
		stream.send("{\"method\":\"m\"}", false);
		assertThat(this.connection.written).hasSize(2);
	}

	@Test
	void aResponseThatTakesLongerOrIsLargeCanBeResumed() {
		CallStream late = open();
		late.beginUnlessBusy();
		assertThat(this.connection.written).containsExactly(late.id + "_0");
		assertThat(this.log.read(this.session.id(), late.id, 0, 10)).isPresent();
		late.send("{}", true);
		assertThat(this.connection.written).last().asString().startsWith(late.id + "_1 ");
		CallStream large = open();
		large.send("x".repeat(40_000), true);
		assertThat(this.connection.written).contains(large.id + "_0").last().asString().startsWith(large.id + "_1 ");
		assertThat(this.log.read(this.session.id(), large.id, 0, 10).orElseThrow().events()).hasSize(1);
	}

	@Test
	void oneLateCallThatCannotBeginKeepsNoOtherFromIt() {
		try (LateCalls lateCalls = new LateCalls()) {
			lateCalls.add(open(), (task) -> {
				throw new StackOverflowError();
			});
			CallStream late = open();
			lateCalls.add(late, Runnable::run);
			await().atMost(Duration.ofSeconds(5))
				.until(() -> this.log.read(this.session.id(), late.id, 0, 0).isPresent());
		}
	}

	@Test
	void aNotificationMakesACallOneThatCanBeResumed() {
		CallStream stream = open();
		stream.send("{}", false);
		stream.send("{}", true);
		assertThat(this.connection.written).containsExactly(stream.id + "_0", stream.id + "_1 {}", stream.id + "_2 {}");
		assertThat(this.log.read(this.session.id(), stream.id, 0, 10).orElseThrow().events()).hasSize(2);
	}

	@Test
	void itsEndIsWrittenThoughTheLogDoesNotKnowOfItsBeginning() {
		this.away = true;
		CallStream stream = open();
		stream.send("{}", false);
		this.away = false;
		stream.end();
		assertThat(this.log.read(this.session.id(), id(), 0, 10).orElseThrow().state())
			.isEqualTo(new StreamState(this.streams.nodeName(), "7", 1, true, null, 1, 0));
	}

	@Test
	void itsEndIsLeftToBeWrittenWhileTheStoreIsAway() {
		this.away = true;
		CallStream stream = open();
		stream.send("{}", false);
		stream.end();
		assertThat(this.log.read(this.session.id(), id(), 0, 10)).isEmpty();
		this.away = false;
		this.streams.runPeriodicTasks();
		assertThat(this.log.read(this.session.id(), id(), 0, 10).orElseThrow().state().complete()).isTrue();
	}

	private StreamState state(CallStream stream) {
		return this.log.read(this.session.id(), stream.id, 0, 0).orElseThrow().state();
	}

	@Test
	void aCallIsFinishedOnceItsClientIsSentTheResponse() {
		CallStream stream = open();
		stream.send("{}", false);
		assertThat(state(stream).isFinished()).isFalse();
		stream.send("{}", true);
		assertThat(state(stream).isFinished()).isTrue();
		CallStream withoutResponse = open();
		withoutResponse.send("{}", false);
		withoutResponse.end();
		assertThat(state(withoutResponse).isFinished()).isTrue();
	}

	@Test
	void aCallWhoseClientIsGoneIsNotFinished() {
		CallStream left = open();
		left.send("{}", false);
		left.disconnected();
		left.send("{}", true);
		left.end();
		assertThat(state(left)).matches(StreamState::complete).matches((state) -> !state.isFinished());
		CallStream cut = open();
		cut.send("{}", false);
		this.connection.dead = true;
		cut.send("{}", true);
		assertThat(state(cut)).matches(StreamState::complete).matches((state) -> !state.isFinished());
	}

	@Test
	void aCallThatIsReadElsewhereIsNotFinished() {
		CallStream stream = open();
		stream.send("{}", false);
		this.log.setReader(this.session.id(), stream.id, "other/1");
		stream.send("{}", true);
		stream.end();
		assertThat(state(stream)).matches(StreamState::complete).matches((state) -> !state.isFinished());
	}

	@Test
	void aCallWithANotificationCallsTheLogThreeTimes() {
		CallStream stream = open();
		stream.beginUnlessBusy();
		stream.send("{}", false);
		stream.send("{}", true);
		stream.end();
		assertThat(this.logCalls).isEqualTo(3);
		CallStream prompt = open();
		prompt.send("{}", false);
		prompt.send("{}", true);
		prompt.end();
		assertThat(this.logCalls).isEqualTo(5);
	}

}
