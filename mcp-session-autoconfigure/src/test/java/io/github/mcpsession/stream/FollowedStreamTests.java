package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreContract;
import io.github.mcpsession.memory.MemoryAnnouncementLog;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemorySessionStore;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What happens to a stream before it is open.
 */
class FollowedStreamTests {

	private final SessionRecord session = SessionStoreContract.newSession();

	private final MemorySessionStore store = new MemorySessionStore();

	private final StreamLimits limits = new StreamLimits(10, 1000, Duration.ofMinutes(1));

	private final MemoryEventLog log = new MemoryEventLog(this.store, this.limits);

	private final RecordingConnection connection = new RecordingConnection();

	private final AtomicInteger ends = new AtomicInteger();

	FollowedStreamTests() {
		this.store.create(this.session, Duration.ofMinutes(1));
	}

	private FollowedStream stream(String from) {
		StreamSettings settings = new StreamSettings(true, Duration.ZERO, Duration.ofSeconds(1), this.limits, Set.of());
		return new FollowedStream(new StreamContext("node", this.log, new MemoryAnnouncementLog(), settings, null),
				this.session.id(), EventId.parse(from).orElseThrow(), "node/token", this.connection,
				this.ends::incrementAndGet);
	}

	@Test
	void aLookAtTheLogDoesNotCloseTheConnectionWhileTheStreamIsLookedFor() {
		FollowedStream stream = stream("cnone_0");
		stream.catchUp();
		assertThat(stream.follow()).isEmpty();
		stream.catchUp();
		assertThat(this.connection.closed).isFalse();
		assertThat(this.ends).hasValue(0);
	}

	@Test
	void nothingIsSentBeforeTheFirstBytes() {
		this.log.write(this.session.id(), StreamWrite.toCall("c1", "node", "7", 1, "{}", true));
		FollowedStream stream = stream("c1_0");
		stream.catchUp();
		assertThat(stream.follow()).isPresent();
		stream.catchUp();
		assertThat(this.connection.written).isEmpty();
		stream.open(true);
		stream.catchUp();
		assertThat(this.connection.written).containsExactly("c1_0", "c1_1 {}");
		assertThat(this.ends).hasValue(1);
	}

}
