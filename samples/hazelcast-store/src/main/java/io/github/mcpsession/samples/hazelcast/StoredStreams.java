package io.github.mcpsession.samples.hazelcast;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import org.jspecify.annotations.Nullable;

/**
 * What was sent on the streams of one session. Times are given, since the same is done to
 * the backup of an entry.
 */
final class StoredStreams implements Serializable {

	private static final long serialVersionUID = 1;

	/**
	 * In the order in which they were last written to.
	 */
	private final Map<String, Stream> streams = new LinkedHashMap<>();

	/**
	 * In the order in which they were written.
	 */
	private final List<Event> events = new ArrayList<>();

	WriteResult write(StreamWrite write, boolean kept, StreamLimits limits, long now) {
		dropOld(limits, now);
		Stream stream = this.streams.get(write.stream());
		StreamState before = (stream != null) ? stream.state : StreamState.begin(write.owner(), write.requestId());
		StreamState after = before.after(write).orElse(null);
		if (after == null) {
			return new WriteResult(false, before.last(), before.reader());
		}
		if (stream == null && before.owner() != null) {
			makeRoom(limits);
		}
		put(write.stream(), after, now);
		if (write.message() == null) {
			return new WriteResult(true, after.last(), after.reader());
		}
		if (kept) {
			this.events.add(new Event(write.stream(), after.last(), write.message(),
					write.message().getBytes(StandardCharsets.UTF_8).length, write.complete(), now));
		}
		return new WriteResult(true, after.last(), after.reader(), kept ? dropTooMany(limits) : 1);
	}

	@Nullable Replay read(String id, long after, int limit, StreamLimits limits, long now) {
		dropOld(limits, now);
		Stream stream = this.streams.get(id);
		return (stream != null) ? new Replay(stream.state,
				this.events.stream()
					.filter((event) -> event.stream.equals(id) && event.position > after)
					.limit(limit)
					.map((event) -> new LoggedEvent(event.position, event.message))
					.toList())
				: null;
	}

	@Nullable StreamState setReader(String id, @Nullable String reader, StreamLimits limits, long now) {
		dropOld(limits, now);
		Stream stream = this.streams.get(id);
		if (stream == null) {
			return null;
		}
		put(id, stream.state.withReader(reader), now);
		return stream.state;
	}

	void delivered(String id, long position, long announced, long now) {
		Stream stream = this.streams.get(id);
		StreamState before = (stream != null) ? stream.state : StreamState.begin(null, null);
		put(id, before.withDelivered(position, announced), now);
	}

	int size() {
		return this.streams.size() + this.events.size();
	}

	private void put(String id, StreamState state, long now) {
		this.streams.remove(id);
		this.streams.put(id, new Stream(state, now));
	}

	private void makeRoom(StreamLimits limits) {
		while (this.streams.values().stream().filter((stream) -> stream.state.owner() != null).count() >= limits
			.maxEvents()) {
			this.streams.entrySet()
				.stream()
				.filter((entry) -> entry.getValue().state.owner() != null)
				.min(Comparator.comparing((entry) -> !entry.getValue().state.complete()))
				.ifPresent((entry) -> drop(entry.getKey()));
		}
	}

	private void drop(String id) {
		this.streams.remove(id);
		this.events.removeIf((event) -> event.stream.equals(id));
	}

	void dropOld(StreamLimits limits, long now) {
		this.events.removeIf((event) -> event.writtenAt <= now - limits.retention().toMillis());
		for (String id : List.copyOf(this.streams.keySet())) {
			Stream stream = this.streams.get(id);
			StreamState state = stream.state;
			if (state.owner() != null && stream.writtenAt <= now - limits.retention(state).toMillis()) {
				drop(id);
			}
		}
	}

	/**
	 * First events of streams that are finished, which nobody misses, last the responses
	 * to calls.
	 */
	private int dropTooMany(StreamLimits limits) {
		int dropped = 0;
		for (int group = 0; group < 3; group++) {
			for (Iterator<Event> oldest = this.events.iterator(); oldest.hasNext() && isTooMuch(limits);) {
				Event event = oldest.next();
				if (group == (isFinished(event.stream) ? 0 : event.response ? 2 : 1)) {
					oldest.remove();
					dropped += (group > 0) ? 1 : 0;
				}
			}
		}
		return dropped;
	}

	private boolean isFinished(String id) {
		Stream stream = this.streams.get(id);
		return stream == null || stream.state.isFinished();
	}

	private boolean isTooMuch(StreamLimits limits) {
		return this.events.size() > limits.maxEvents()
				|| this.events.stream().mapToLong(Event::bytes).sum() > limits.maxBytes();
	}

	private record Event(String stream, long position, String message, int bytes, boolean response,
			long writtenAt) implements Serializable {
	}

	private record Stream(StreamState state, long writtenAt) implements Serializable {
	}

}
