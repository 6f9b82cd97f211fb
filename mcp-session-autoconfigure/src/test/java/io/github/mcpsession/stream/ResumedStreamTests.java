package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemorySessionStore;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What happens to a stream before it is open, and to one whose client has seen more than
 * the log has.
 */
class ResumedStreamTests {

	private final SessionRecord session = SessionStoreContract.newSession();

	private final MemorySessionStore store = new MemorySessionStore();

	private final StreamLimits limits = new StreamLimits(10, 1000, Duration.ofMinutes(1));

	private final MemoryEventLog log = new MemoryEventLog(this.store, this.limits);

	private final NodeStreams streams = TestStreams.of(this.log, this.limits);

	private final RecordingConnection connection = new RecordingConnection();

	private final AtomicInteger ends = new AtomicInteger();

	ResumedStreamTests() {
		this.store.create(this.session, Duration.ofMinutes(1));
	}

	private ResumedStream stream(String from) {
		return new ResumedStream(this.streams, this.session, EventId.parse(from).orElseThrow(), "node/token",
				this.connection, this.ends::incrementAndGet);
	}

	@Test
	void anEventIdHasNumbersOfFifteenDigitsAtMost() {
		String most = "9".repeat(15);
		assertThat(EventId.parse("c1_" + most)).contains(new EventId("c1", Long.parseLong(most), 0));
		assertThat(EventId.parse("l1_1." + most)).contains(new EventId("l1", 1, Long.parseLong(most)));
		assertThat(EventId.parse("c1_" + most + "0")).isEmpty();
		assertThat(EventId.parse("l1_1." + most + "0")).isEmpty();
	}

	@Test
	void aLookAtTheLogDoesNotCloseTheConnectionWhileTheStreamIsLookedFor() {
		ResumedStream stream = stream("cnone_0");
		stream.catchUp();
		assertThat(stream.becomeReader()).isEmpty();
		stream.catchUp();
		assertThat(this.connection.closed).isFalse();
		assertThat(this.ends).hasValue(0);
	}

	@Test
	void nothingIsSentBeforeTheFirstBytes() {
		this.log.write(this.session.id(), StreamWrite.toCall("c1", "node", "7", 1, "{}", true));
		ResumedStream stream = stream("c1_0");
		stream.catchUp();
		assertThat(stream.becomeReader()).isPresent();
		stream.catchUp();
		assertThat(this.connection.written).isEmpty();
		stream.open(true);
		stream.catchUp();
		assertThat(this.connection.written).containsExactly("c1_0", "c1_1 {}");
		assertThat(this.ends).hasValue(1);
	}

	private static String error(String text) {
		return "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32603,\"message\":\"" + text + "\"}}";
	}

	private static final String NODE_GONE = error("The server node that ran this request is gone");

	private static final String EVENTS_GONE = error("Messages of this response are no longer available");

	/**
	 * What a client gets that resumes.
	 */
	private List<String> resume(String from) {
		this.connection.written.clear();
		int before = this.ends.get();
		ResumedStream stream = stream(from);
		assertThat(stream.becomeReader()).isPresent();
		stream.open(true);
		stream.catchUp();
		if (stream.isOrphaned(Set.of("node"))) {
			stream.endOrphaned();
		}
		assertThat(this.ends.get()).isGreaterThan(before);
		return List.copyOf(this.connection.written.subList(1, this.connection.written.size()));
	}

	private void assertIsToldThatThereIsNoMore(String from) {
		assertThat(resume(from)).isEmpty();
		assertThat(this.connection.written).containsExactly("204");
	}

	/**
	 * It went on sending while the store was away for it.
	 */
	private void deadNodeWroteOneMessage() {
		this.log.write(this.session.id(), StreamWrite.toCall("c1", "dead", "7", 1, "{}", false));
	}

	@Test
	void aClientThatHasMoreThanTheLogGetsAnErrorWhenTheNodeIsGone() {
		deadNodeWroteOneMessage();
		assertThat(resume("c1_3")).containsExactly("c1_4 " + NODE_GONE);
		assertThat(resume("c1_3")).containsExactly("c1_4 " + NODE_GONE);
		assertThat(resume("c1_2")).hasSize(2).contains("c1_4 " + NODE_GONE);
	}

	@Test
	void alsoWhenTheLogHasNothingButTheBeginning() {
		this.log.write(this.session.id(), StreamWrite.toCall("c1", "dead", "7", 0, null, false));
		assertThat(resume("c1_2")).containsExactly("c1_3 " + NODE_GONE);
	}

	@Test
	void alsoWhenAnotherResumeHasEndedTheStreamBefore() {
		deadNodeWroteOneMessage();
		assertThat(resume("c1_1")).containsExactly("c1_2 " + NODE_GONE);
		assertThat(resume("c1_3")).containsExactly("c1_3.1 " + EVENTS_GONE);
		assertThat(resume("c1_2")).containsExactly("c1_2.1 " + NODE_GONE);
		assertIsToldThatThereIsNoMore("c1_3.1");
		assertIsToldThatThereIsNoMore("c1_2.1");
	}

	@Test
	void aClientThatHasMoreThanAStreamThatEndedGetsAnError() {
		this.log.write(this.session.id(), StreamWrite.toCall("c1", "node", "7", 1, "{}", true));
		assertThat(resume("c1_2")).containsExactly("c1_2.1 " + EVENTS_GONE);
		assertIsToldThatThereIsNoMore("c1_2.1");
	}

	@Test
	void aClientThatHasTheResponseGetsNoMore() {
		this.log.write(this.session.id(), StreamWrite.toCall("c1", "dead", "7", 1, "{}", true));
		assertIsToldThatThereIsNoMore("c1_1");
	}

	private void write(long position, String message, boolean last) {
		this.log.write(this.session.id(), StreamWrite.toCall("c1", "node", "7", position, message, last));
	}

	private static boolean isLoss(String event) {
		return event.contains("messages-lost") && event.contains("notifications/message");
	}

	@Test
	void aMissingNotificationCostsNoResponse() {
		write(1, "1", false);
		write(3, "3", false);
		write(6, "6", true);
		List<String> received = resume("c1_0");
		assertThat(received).hasSize(5).contains("c1_1 1", "c1_3 3", "c1_6 6");
		assertThat(received.get(1)).startsWith("c1_2 ").matches(ResumedStreamTests::isLoss);
		assertThat(received.get(3)).startsWith("c1_5 ").matches(ResumedStreamTests::isLoss);
		assertThat(resume("c1_3")).hasSize(2).contains("c1_6 6");
	}

	@Test
	void aStreamThatGoesOnIsReadOnAfterMissingNotifications() {
		write(1, "1", false);
		write(3, null, false);
		ResumedStream stream = stream("c1_1");
		stream.becomeReader();
		stream.open(true);
		stream.catchUp();
		assertThat(this.ends).hasValue(0);
		write(4, "4", true);
		stream.catchUp();
		assertThat(this.connection.written).hasSize(3).contains("c1_4 4");
		assertThat(this.connection.written.get(1)).startsWith("c1_3 ").matches(ResumedStreamTests::isLoss);
		assertThat(this.ends).hasValue(1);
	}

	@Test
	void anErrorIsSentOnlyWhereTheResponseIsMissing() {
		write(1, "1", false);
		write(2, "x".repeat(2000), true);
		assertThat(resume("c1_0")).containsExactly("c1_1 1", "c1_2 " + EVENTS_GONE);
		assertThat(resume("c1_1")).containsExactly("c1_2 " + EVENTS_GONE);
	}

	private boolean isFinished() {
		return this.log.read(this.session.id(), "c1", 0, 0).orElseThrow().state().isFinished();
	}

	@Test
	void aCallIsFinishedWhenTheClientHasTheResponse() {
		write(1, "1", false);
		write(2, "2", true);
		assertThat(isFinished()).isFalse();
		this.connection.dead = true;
		ResumedStream cut = stream("c1_1");
		cut.becomeReader();
		cut.open(true);
		cut.catchUp();
		assertThat(isFinished()).isFalse();
		this.connection.dead = false;
		assertThat(resume("c1_1")).containsExactly("c1_2 2");
		assertThat(isFinished()).isTrue();
	}

}
