package io.github.mcpsession.memory;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one session. What is to be dropped next is the first of its kind, and
 * anything can be taken out from within, so that nothing is searched for.
 * <p>
 * Used by one thread at a time.
 */
final class SessionLog {

	private final InstantSource clock;

	private final Map<String, Stream> listening = new HashMap<>(2);

	private final Map<String, Stream> running = new LinkedHashMap<>();

	private final Map<String, Stream> complete = new LinkedHashMap<>();

	private final Map<String, Stream> finished = new LinkedHashMap<>();

	/**
	 * Those finished ones whose events were dropped.
	 */
	private final Map<String, Stream> emptied = new LinkedHashMap<>();

	private final Set<Event> notifications = new LinkedHashSet<>();

	private final Set<Event> responses = new LinkedHashSet<>();

	private long bytes;

	SessionLog(InstantSource clock) {
		this.clock = clock;
	}

	private @Nullable Stream find(String stream) {
		for (Map<String, Stream> streams : List.of(this.running, this.complete, this.finished, this.emptied,
				this.listening)) {
			Stream found = streams.get(stream);
			if (found != null) {
				return found;
			}
		}
		return null;
	}

	private StreamState state(String stream, StreamState ifUnknown) {
		Stream known = find(stream);
		return (known != null) ? known.state : ifUnknown;
	}

	WriteResult write(StreamWrite write, StreamLimits limits) {
		StreamState before = state(write.stream(), StreamState.begin(write.owner(), write.requestId()));
		StreamState after = before.after(write).orElse(null);
		if (after == null) {
			return new WriteResult(false, before.last(), before.reader());
		}
		if (before.owner() != null && find(write.stream()) == null) {
			makeRoom(limits);
		}
		Stream stream = put(write.stream(), after);
		String message = write.message();
		int dropped = (message != null) ? append(stream, message, write.complete() && after.owner() != null, limits)
				: 0;
		return new WriteResult(true, after.last(), after.reader(), dropped);
	}

	private void makeRoom(StreamLimits limits) {
		while (this.running.size() + this.complete.size() + this.finished.size() + this.emptied.size() >= limits
			.maxEvents()) {
			if (this.emptied.isEmpty() && !this.finished.isEmpty()) {
				emptyFirst();
			}
			Map<String, Stream> others = this.complete.isEmpty() ? this.running : this.complete;
			removeFirst((this.emptied.isEmpty() ? others : this.emptied).values());
		}
	}

	/**
	 * Append an event, unless it is too large.
	 * @return how many were dropped, this one included
	 */
	private int append(Stream stream, String message, boolean isResponse, StreamLimits limits) {
		if (!limits.allows(message)) {
			return 1;
		}
		Event event = new Event(stream, stream.state.last(), message, this.clock.instant());
		(isResponse ? this.responses : this.notifications).add(event);
		stream.events.add(event);
		this.bytes += event.bytes;
		return dropOverLimits(limits);
	}

	Optional<Replay> read(String stream, long after, int limit) {
		return Optional.ofNullable(find(stream))
			.map((known) -> new Replay(known.state,
					known.events.stream()
						.filter((event) -> event.position > after)
						.limit(limit)
						.map((event) -> new LoggedEvent(event.position, event.message))
						.toList()));
	}

	Optional<StreamState> setReader(String stream, @Nullable String reader) {
		Stream known = find(stream);
		if (known == null) {
			return Optional.empty();
		}
		StreamState before = known.state;
		put(stream, before.withReader(reader));
		return Optional.of(before);
	}

	void delivered(String stream, long position, long announced) {
		put(stream, state(stream, StreamState.begin(null, null)).withDelivered(position, announced));
	}

	private Stream put(String id, StreamState state) {
		Stream stream = find(id);
		Instant now = this.clock.instant();
		if (stream == null) {
			stream = new Stream(state, now);
		}
		stream.state = state;
		stream.writtenAt = now;
		if (state.owner() == null) {
			this.listening.put(id, stream);
			return stream;
		}
		// so that it is at the end
		this.running.remove(id);
		this.complete.remove(id);
		this.finished.remove(id);
		this.emptied.remove(id);
		(state.isFinished() ? this.finished : state.complete() ? this.complete : this.running).put(id, stream);
		return stream;
	}

	/**
	 * Drop what is too old.
	 */
	void dropOld(StreamLimits limits) {
		Instant now = this.clock.instant();
		Instant tooOld = now.minus(limits.retention());
		Instant tooOldIfFinished = now.minus(limits.completedRetention());
		while (isFirst(this.finished, tooOld) || isFirst(this.finished, tooOldIfFinished)) {
			emptyFirst();
		}
		while (isFirst(this.emptied, tooOld) || isFirst(this.emptied, tooOldIfFinished)) {
			removeFirst(this.emptied.values());
		}
		for (Map<String, Stream> streams : List.of(this.complete, this.running)) {
			while (isFirst(streams, tooOld)) {
				removeFirst(streams.values());
			}
		}
		for (Set<Event> events : List.of(this.notifications, this.responses)) {
			while (!events.isEmpty() && !events.iterator().next().writtenAt.isAfter(tooOld)) {
				dropFirst(events);
			}
		}
	}

	private static boolean isFirst(Map<String, Stream> streams, Instant tooOld) {
		return !streams.isEmpty() && !streams.values().iterator().next().writtenAt.isAfter(tooOld);
	}

	/**
	 * Drop what is over the limits of number and size.
	 * @return how many events were dropped that are not of a finished stream
	 */
	private int dropOverLimits(StreamLimits limits) {
		int dropped = 0;
		while (this.notifications.size() + this.responses.size() > limits.maxEvents()
				|| this.bytes > limits.maxBytes()) {
			if (!this.finished.isEmpty()) {
				emptyFirst();
			}
			else {
				dropFirst(this.notifications.isEmpty() ? this.responses : this.notifications);
				dropped++;
			}
		}
		return dropped;
	}

	/**
	 * Drop the events of the first stream that is finished.
	 */
	private void emptyFirst() {
		Map.Entry<String, Stream> first = removeFirst(this.finished.entrySet());
		Stream stream = first.getValue();
		for (Event event : stream.events) {
			this.bytes -= event.bytes;
			this.notifications.remove(event);
			this.responses.remove(event);
		}
		stream.events.clear();
		this.emptied.put(first.getKey(), stream);
	}

	private void dropFirst(Set<Event> events) {
		Event event = removeFirst(events);
		this.bytes -= event.bytes;
		event.stream.events.remove(event);
	}

	private static <T> T removeFirst(Collection<T> elements) {
		Iterator<T> iterator = elements.iterator();
		T first = iterator.next();
		iterator.remove();
		return first;
	}

	boolean isEmpty() {
		return this.listening.isEmpty() && this.running.isEmpty() && this.complete.isEmpty() && this.finished.isEmpty()
				&& this.emptied.isEmpty();
	}

	private static final class Event {

		private final Stream stream;

		private final long position;

		private final String message;

		private final int bytes;

		private final Instant writtenAt;

		Event(Stream stream, long position, String message, Instant writtenAt) {
			this.stream = stream;
			this.position = position;
			this.message = message;
			this.bytes = message.getBytes(StandardCharsets.UTF_8).length;
			this.writtenAt = writtenAt;
		}

	}

	private static final class Stream {

		private final Deque<Event> events = new ArrayDeque<>(2);

		private StreamState state;

		private Instant writtenAt;

		Stream(StreamState state, Instant writtenAt) {
			this.state = state;
			this.writtenAt = writtenAt;
		}

	}

}
