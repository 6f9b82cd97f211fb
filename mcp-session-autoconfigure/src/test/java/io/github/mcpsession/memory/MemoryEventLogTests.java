package io.github.mcpsession.memory;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
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

	@SuppressWarnings("unchecked")
	private List<Integer> sizes() {
		Map<String, ?> data = (Map<String, ?>) ReflectionTestUtils.getField(this.logs.get(this.namespace), "logs");
		Object log = data.get(this.session);
		return (log != null) ? Arrays.stream(log.getClass().getDeclaredFields())
			.map((field) -> ReflectionTestUtils.getField(log, field.getName()))
			.filter((value) -> value instanceof Map || value instanceof Collection)
			.map((value) -> (value instanceof Map<?, ?> map) ? map.size() : ((Collection<?>) value).size())
			.toList() : List.of();
	}

	/**
	 * A session that makes calls all the time, one of which never ends.
	 */
	@Test
	void ofThousandsOfDeliveredCallsNothingIsKept() throws InterruptedException {
		MemoryEventLog brief = (MemoryEventLog) createLog(this.store, this.namespace,
				new StreamLimits(1000, 4_000_000, Duration.ofMinutes(10), Duration.ofMillis(1)));
		brief.write(this.session, StreamWrite.toCall("running", "node", "1", 0, null, false));
		IntStream.range(0, 10_000).forEach((i) -> {
			String stream = "c" + i;
			brief.write(this.session, StreamWrite.toCall(stream, "node", "1", 0, null, false));
			brief.write(this.session, StreamWrite.toCall(stream, "node", "1", 1, "{}", false));
			brief.write(this.session, StreamWrite.toCall(stream, "node", "1", 2, "{}", true).delivered(true));
		});
		Thread.sleep(2);
		brief.write(this.session, StreamWrite.toCall("running", "node", "1", 0, null, false));
		assertThat(sizes()).containsExactlyInAnyOrder(1, 0, 0, 0, 0, 0, 0);
		brief.write(this.session, StreamWrite.toCall("running", "node", "1", 0, null, true).delivered(true));
		Thread.sleep(2);
		assertThat(brief.deleteExpired(100)).isOne();
		assertThat(sizes()).isEmpty();
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
