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

/**
 * What the log knows of a call that sent messages while the store was away.
 */
class CallStreamTests {

	private final SessionRecord session = SessionStoreContract.newSession();

	private final MemorySessionStore store = new MemorySessionStore();

	private final StreamLimits limits = new StreamLimits(10, 1000, Duration.ofMinutes(1));

	private final MemoryEventLog log = new MemoryEventLog(this.store, this.limits);

	private final RecordingConnection connection = new RecordingConnection();

	private final NodeStreams streams = TestStreams.of(log(), this.limits);

	private boolean away;

	CallStreamTests() {
		this.store.create(this.session, Duration.ofMinutes(1));
	}

	private EventLog log() {
		return (EventLog) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { EventLog.class },
				(proxy, method, arguments) -> {
					if (this.away) {
						throw new SessionStoreException("away", null);
					}
					return method.invoke(this.log, arguments);
				});
	}

	private CallStream open() {
		CallStream stream = new CallStream(this.streams, this.session.id(), "7", true, this.connection,
				this.connection::close);
		stream.open();
		return stream;
	}

	private String id() {
		return EventId.parse(this.connection.written.get(0)).orElseThrow().stream();
	}

	@Test
	void itsEndIsWrittenThoughTheLogDoesNotKnowOfItsBeginning() {
		this.away = true;
		CallStream stream = open();
		stream.send("{}", false);
		this.away = false;
		stream.end();
		assertThat(this.log.read(this.session.id(), id(), 0, 10).orElseThrow().state())
			.isEqualTo(new StreamState(this.streams.nodeName(), "7", 1, true, null, 0, 0));
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

}
