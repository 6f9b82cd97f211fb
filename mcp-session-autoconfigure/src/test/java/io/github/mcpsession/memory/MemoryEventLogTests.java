package io.github.mcpsession.memory;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.contract.EventLogContract;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamWrite;
import org.junit.jupiter.api.Test;

import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

class MemoryEventLogTests extends EventLogContract {

	private final Map<String, MemoryEventLog> logs = new HashMap<>();

	@Override
	protected SessionStore createStore(String namespace) {
		return new MemorySessionStore();
	}

	@Override
	protected EventLog createLog(SessionStore store, String namespace, StreamLimits limits) {
		return this.logs.computeIfAbsent(namespace, (name) -> new MemoryEventLog(store, LIMITS)).with(store, limits);
	}

	@Override
	@SuppressWarnings("unchecked")
	protected long amountOfData(String namespace, String session) {
		Map<String, ?> data = (Map<String, ?>) ReflectionTestUtils.getField(this.logs.get(namespace), "logs");
		return data.containsKey(session) ? 1 : 0;
	}

	/**
	 * Compares the fastest rounds, so that a pause of the machine does not matter.
	 */
	@Test
	void aCallCostsTheSameHoweverManyThereWereBefore() {
		EventLog large = createLog(this.store, this.namespace,
				new StreamLimits(1_000_000, 1_000_000_000, Duration.ofHours(1)));
		String warm = newSession(Duration.ofMinutes(5));
		IntStream.range(0, 10).forEach((round) -> thousandCalls(large, warm, "w" + round));
		long first = IntStream.range(0, 5)
			.mapToLong((round) -> thousandCalls(large, this.session, "a" + round))
			.min()
			.orElseThrow();
		IntStream.range(0, 15).forEach((round) -> thousandCalls(large, this.session, "b" + round));
		long last = IntStream.range(0, 5)
			.mapToLong((round) -> thousandCalls(large, this.session, "c" + round))
			.min()
			.orElseThrow();
		assertThat(last).isLessThan(10 * first);
	}

	private static long thousandCalls(EventLog log, String session, String name) {
		long start = System.nanoTime();
		for (int i = 0; i < 1000; i++) {
			String stream = name + i;
			log.write(session, StreamWrite.toCall(stream, "node", "1", 1, "{}", true));
			assertThat(log.read(session, stream, 0, 10).orElseThrow().events()).hasSize(1);
		}
		return System.nanoTime() - start;
	}

}
