package io.github.mcpsession.stream;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.function.Predicate;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemorySessionStore;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of a stream that is opened while the store is away.
 */
class ListeningStreamTests {

	private final SessionRecord session = SessionStoreContract.newSession();

	private final String id = StreamIds.listening(this.session.id());

	private final MemorySessionStore store = new MemorySessionStore();

	private final StreamLimits limits = new StreamLimits(10, 1000, Duration.ofMinutes(1));

	private Predicate<String> away = (method) -> false;

	private Predicate<String> lostAnswers = (method) -> false;

	private final MemoryEventLog log = new MemoryEventLog(this.store, this.limits);

	private final NodeStreams streams = TestStreams.of(log(this.log), this.limits);

	private final RecordingConnection connection = new RecordingConnection();

	ListeningStreamTests() {
		this.store.create(this.session, Duration.ofMinutes(1));
	}

	private EventLog log(EventLog log) {
		return (EventLog) Proxy.newProxyInstance(EventLog.class.getClassLoader(), new Class<?>[] { EventLog.class },
				(proxy, method, arguments) -> {
					if (this.away.test(method.getName())) {
						throw new SessionStoreException("away", null);
					}
					Object result = method.invoke(log, arguments);
					if (this.lostAnswers.test(method.getName())) {
						throw new SessionStoreException("away", null);
					}
					return result;
				});
	}

	private void loseLog() {
		this.store.delete(this.session.id());
		this.store.create(this.session, Duration.ofMinutes(1));
	}

	private ListeningStream open(EventId resumedFrom) {
		ListeningStream stream = new ListeningStream(this.streams, this.session, resumedFrom, (announcement) -> true,
				() -> null, this.connection, this.connection::close);
		assertThat(stream.open(true, false)).isTrue();
		return stream;
	}

	private ListeningStream openAndStart(EventId resumedFrom) {
		ListeningStream stream = open(resumedFrom);
		stream.start();
		return stream;
	}

	private void keep(String message) {
		this.log.write(this.session.id(), StreamWrite.toListener(this.id, 0, message, false));
	}

	@Test
	void whatWasNotReplayedAtFirstIsReplayedLater() {
		keep("kept");
		long number = this.log.announce("topic", "announced");
		this.away = "announcementsAfter"::equals;
		ListeningStream stream = openAndStart(null);
		assertThat(this.connection.written).containsExactly(this.id + "_0", this.id + "_1 kept");
		this.away = (method) -> false;
		stream.heartbeat();
		stream.heartbeat();
		assertThat(this.connection.written).containsExactly(this.id + "_0", this.id + "_1 kept",
				this.id + "_1." + number + " announced");
	}

	@Test
	void aClientThatNamesAnEventThereNeverWasIsToldOfTheLossLater() {
		this.away = (method) -> !method.startsWith("announce");
		ListeningStream stream = openAndStart(new EventId(this.id, 7, 0));
		assertThat(this.connection.written).isEmpty();
		this.away = (method) -> false;
		stream.heartbeat();
		stream.heartbeat();
		assertThat(this.connection.written).hasSize(1);
		assertThat(this.connection.written.get(0)).startsWith(this.id + "_0 ").contains("messages-lost");
	}

	/**
	 * As after a failover to a replica that was behind.
	 */
	@Test
	void aLogThatHasLostWhatTheClientHasGoesOnFromThere() {
		ListeningStream stream = openAndStart(null);
		assertThat(stream.send("1")).isTrue();
		assertThat(stream.send("2")).isTrue();
		assertThat(stream.send("3")).isTrue();
		loseLog();
		assertThat(stream.send("4")).isTrue();
		assertThat(this.connection.written).endsWith(this.id + "_3 3", this.id + "_1 4");
		loseLog();
		keep("5");
		stream.catchUp();
		assertThat(this.connection.written).endsWith(this.id + "_1 4");
		keep("6");
		stream.catchUp();
		assertThat(this.connection.written).endsWith(this.id + "_1 4", this.id + "_2 6");
	}

	/**
	 * Messages come to a stream before what was kept is sent.
	 */
	@Test
	void aMessageBeforeTheStartComesAfterWhatWasKept() {
		keep("kept");
		long number = this.log.announce("topic", "announced");
		ListeningStream stream = open(null);
		assertThat(stream.send("live")).isTrue();
		keep("kept meanwhile");
		stream.start();
		assertThat(this.connection.written).containsExactly(this.id + "_0", this.id + "_1 kept",
				this.id + "_1." + number + " announced", this.id + "_2." + number + " live",
				this.id + "_3." + number + " kept meanwhile");
	}

	@Test
	void anAnnouncementBeforeTheStartHidesNoneThatCameBefore() {
		long first = this.log.announce("topic", "first");
		long second = this.log.announce("another topic", "second");
		ListeningStream stream = open(null);
		stream.announce(new Announcement(second, "another topic", "second"), false);
		stream.start();
		assertThat(this.connection.written).containsExactly(this.id + "_0", this.id + "_0." + first + " first",
				this.id + "_0." + second + " second");
	}

	@Test
	void whatCouldNotBeReadIsSentLater() {
		ListeningStream stream = openAndStart(null);
		keep("kept");
		this.away = "read"::equals;
		stream.catchUp();
		this.away = (method) -> false;
		stream.heartbeat();
		stream.heartbeat();
		assertThat(this.connection.written).containsExactly(this.id + "_0", this.id + "_1 kept");
	}

	@Test
	void aMessageThatIsInTheLogIsNotSentTwiceIfWhatIsBeforeItCannotBeRead() {
		ListeningStream stream = openAndStart(null);
		keep("other");
		this.away = "read"::equals;
		assertThat(stream.send("mine")).isTrue();
		this.away = (method) -> false;
		stream.heartbeat();
		stream.heartbeat();
		assertThat(this.connection.written).containsExactly(this.id + "_0", this.id + "_1 other", this.id + "_2 mine");
	}

	/**
	 * The write is done, and the answer to it does not arrive.
	 */
	@Test
	void aMessageIsNotSentTwiceIfNobodyKnowsThatItWasWritten() {
		ListeningStream stream = openAndStart(null);
		this.lostAnswers = "write"::equals;
		assertThat(stream.send("1")).isTrue();
		this.lostAnswers = (method) -> false;
		this.away = "write"::equals;
		assertThat(stream.send("2")).isTrue();
		this.away = (method) -> false;
		stream.heartbeat();
		assertThat(stream.send("2")).isTrue();
		stream.heartbeat();
		keep("1");
		stream.catchUp();
		assertThat(this.connection.written).map((event) -> event.substring(event.indexOf(' ') + 1))
			.containsExactly(this.id + "_0", "1", "2", "2", "1");
	}

	@Test
	void anAnnouncementThatWasSentIntoADeadConnectionIsHeardLater() {
		ListeningStream stream = openAndStart(null);
		long number = this.log.announce("topic", "announced");
		this.connection.dead = true;
		stream.announce(new Announcement(number, "topic", "announced"), false);
		stream.saveProgress();
		RecordingConnection next = new RecordingConnection();
		ListeningStream again = new ListeningStream(this.streams, this.session, null, (announcement) -> true,
				() -> null, next, next::close);
		assertThat(again.open(true, false)).isTrue();
		again.start();
		assertThat(next.written).containsExactly(this.id + "_0", this.id + "_0." + number + " announced");
	}

}
