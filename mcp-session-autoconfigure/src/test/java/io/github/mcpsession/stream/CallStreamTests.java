package io.github.mcpsession.stream;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.memory.MemoryAnnouncementLog;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemorySessionStore;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the log knows of a call that sent messages while the store was away.
 */
class CallStreamTests implements StreamContext.Listener {

	private final SessionRecord session = SessionStoreContract.newSession();

	private final MemorySessionStore store = new MemorySessionStore();

	private final StreamLimits limits = new StreamLimits(10, 1000, Duration.ofMinutes(1));

	private final MemoryEventLog log = new MemoryEventLog(this.store, this.limits);

	private final RecordingConnection connection = new RecordingConnection();

	private final List<StreamWrite> unwritten = new ArrayList<>();

	private boolean away;

	CallStreamTests() {
		this.store.create(this.session, Duration.ofMinutes(1));
	}

	private CallStream open() {
		EventLog guarded = (EventLog) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { EventLog.class }, (proxy, method, arguments) -> {
					if (this.away) {
						throw new SessionStoreException("away", null);
					}
					return method.invoke(this.log, arguments);
				});
		StreamSettings settings = new StreamSettings(true, Duration.ZERO, Duration.ofSeconds(1), this.limits, Set.of());
		CallStream stream = new CallStream(
				new StreamContext("node", guarded, new MemoryAnnouncementLog(), settings, this), this.session.id(), "7",
				this.connection, this.connection::close);
		stream.open(true);
		return stream;
	}

	@Override
	public void onAppended(String id, String reader) {
		// nobody follows
	}

	@Override
	public void onUnwritten(String id, StreamWrite write) {
		this.unwritten.add(write);
	}

	@Override
	public void onGap(String id) {
		// known
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
		stream.finish();
		assertThat(this.log.read(this.session.id(), id(), 0, 10).orElseThrow().state())
			.isEqualTo(new StreamState("node", "7", 1, true, null, 0, 0));
	}

	@Test
	void itsEndIsLeftToBeWrittenWhileTheStoreIsAway() {
		this.away = true;
		CallStream stream = open();
		stream.send("{}", false);
		stream.finish();
		assertThat(this.unwritten).hasSize(1).allMatch(StreamWrite::complete);
	}

}
