package io.github.mcpsession.memory;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.contract.NodeChannelContract;
import org.junit.jupiter.api.Test;

import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

class MemoryNodeChannelTests extends NodeChannelContract {

	private final Map<String, MemoryNodeChannel> channels = new HashMap<>();

	@Override
	protected NodeChannel createChannel(String namespace) {
		return this.channels.computeIfAbsent(namespace, (name) -> new MemoryNodeChannel());
	}

	@Override
	protected long amountOfData(String namespace) {
		return inboxes(this.channels.get(namespace)).size();
	}

	@Test
	void aNodeThatIsLongDeadIsForgotten() {
		AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
		MemoryNodeChannel channel = new MemoryNodeChannel(now::get);
		channel.heartbeat(this.a, Duration.ofSeconds(1));
		now.set(Instant.EPOCH.plusSeconds(300));
		channel.heartbeat(this.b, Duration.ofSeconds(1));
		assertThat(inboxes(channel)).containsOnlyKeys(this.b);
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> inboxes(MemoryNodeChannel channel) {
		return (Map<String, Object>) ReflectionTestUtils.getField(channel, "inboxes");
	}

}
