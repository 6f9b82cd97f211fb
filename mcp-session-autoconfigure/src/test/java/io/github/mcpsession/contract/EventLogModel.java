package io.github.mcpsession.contract;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a log must have of one session as long as no limit is reached, and random calls by
 * which to compare it with a log.
 */
final class EventLogModel {

	private static final String[] CALLS = { "c0", "c1", "c2" };

	private static final String[] LISTENING = { "l0", "l1" };

	private final Map<String, StreamState> states = new HashMap<>();

	private final Map<String, List<LoggedEvent>> events = new HashMap<>();

	private final String session;

	private final String owner;

	private final Random random;

	EventLogModel(String session, String owner, Random random) {
		this.session = session;
		this.owner = owner;
		this.random = random;
	}

	/**
	 * Make a call to a log, and expect the same result.
	 */
	void step(EventLog log) {
		switch (this.random.nextInt(6)) {
			case 0, 1 -> write(log, writeToCall());
			case 2 -> write(log, StreamWrite.toListener(any(LISTENING), this.random.nextInt(3), message(),
					this.random.nextBoolean()));
			case 3 -> setReader(log, anyStream());
			case 4 -> deliver(log, any(LISTENING), this.random.nextInt(12), this.random.nextInt(1000));
			default -> read(log, anyStream());
		}
	}

	private StreamWrite writeToCall() {
		String stream = any(CALLS);
		StreamState state = this.states.get(stream);
		long position = ((state != null) ? state.last() : 0) + this.random.nextInt(4) - 1;
		String message = message();
		return StreamWrite
			.toCall(stream, this.owner, "\"" + stream + " €\"", Math.max(position, (message != null) ? 1 : 0), message,
					this.random.nextInt(10) == 0)
			.delivered(this.random.nextBoolean());
	}

	private void write(EventLog log, StreamWrite write) {
		StreamState before = this.states.getOrDefault(write.stream(),
				StreamState.begin(write.owner(), write.requestId()));
		Optional<StreamState> after = before.after(write);
		StreamState state = after.orElse(before);
		assertThat(log.write(this.session, write)).as("%s to %s", write, before)
			.isEqualTo(new WriteResult(after.isPresent(), state.last(), state.reader()));
		if (after.isPresent()) {
			this.states.put(write.stream(), state);
			if (write.message() != null) {
				eventsOf(write.stream()).add(new LoggedEvent(state.last(), write.message()));
			}
		}
	}

	private void setReader(EventLog log, String stream) {
		String reader = this.random.nextBoolean() ? "node/" + this.random.nextInt(3) : null;
		assertThat(log.setReader(this.session, stream, reader)).as("before setReader of %s", stream)
			.isEqualTo(Optional.ofNullable(this.states.get(stream)));
		this.states.computeIfPresent(stream, (id, state) -> state.withReader(reader));
	}

	private void deliver(EventLog log, String stream, long position, long announced) {
		log.delivered(this.session, stream, position, announced);
		this.states.compute(stream, (id, state) -> ((state != null) ? state : StreamState.begin(null, null))
			.withDelivered(position, announced));
	}

	private void read(EventLog log, String stream) {
		long after = this.random.nextInt(8);
		int limit = this.random.nextInt(5);
		Optional<Replay> expected = Optional.ofNullable(this.states.get(stream))
			.map((state) -> new Replay(state,
					eventsOf(stream).stream().filter((event) -> event.position() > after).limit(limit).toList()));
		assertThat(log.read(this.session, stream, after, limit)).as("read of %s", stream).isEqualTo(expected);
	}

	private List<LoggedEvent> eventsOf(String stream) {
		return this.events.computeIfAbsent(stream, (id) -> new ArrayList<>());
	}

	private String message() {
		return (this.random.nextInt(4) == 0) ? null : "\"" + RandomCalls.text(this.random) + "\"";
	}

	private String anyStream() {
		return any(this.random.nextBoolean() ? CALLS : LISTENING);
	}

	private String any(String[] names) {
		return names[this.random.nextInt(names.length)];
	}

}
