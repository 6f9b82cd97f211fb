package io.github.mcpsession.memory;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

import io.github.mcpsession.ExpiryCleaner;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import org.jspecify.annotations.Nullable;

/**
 * An {@link EventLog} in the memory of this JVM. What a session has sent goes when a
 * {@link MemorySessionStore} deletes the session; beside another store, and when a
 * session expires, it goes with the next cleanup.
 * <p>
 * Thread-safe: each call is one atomic step of the map, on the entry of its session.
 *
 * @see MemorySessionStore
 */
public final class MemoryEventLog implements EventLog, ExpiryCleaner {

	private final Map<String, SessionLog> logs;

	private final MemoryAnnouncements announcements;

	private final Predicate<String> sessionExists;

	private final StreamLimits limits;

	private final InstantSource clock;

	/**
	 * Create a log.
	 * @param store the store of the sessions
	 * @param limits how much to keep
	 */
	public MemoryEventLog(SessionStore store, StreamLimits limits) {
		this(store, limits, InstantSource.system(), new ConcurrentHashMap<>(),
				new MemoryAnnouncements(InstantSource.system()));
		if (store instanceof MemorySessionStore memory) {
			memory.onDelete(this.logs::remove);
		}
	}

	private MemoryEventLog(SessionStore store, StreamLimits limits, InstantSource clock, Map<String, SessionLog> logs,
			MemoryAnnouncements announcements) {
		this.logs = logs;
		this.announcements = announcements;
		this.sessionExists = (session) -> store.find(session).isPresent();
		this.limits = limits;
		this.clock = clock;
	}

	/**
	 * A log on the same data.
	 */
	MemoryEventLog with(SessionStore store, StreamLimits limits) {
		return new MemoryEventLog(store, limits, this.clock, this.logs, this.announcements);
	}

	@Override
	public WriteResult write(String sessionId, StreamWrite write) {
		return change(sessionId, WriteResult.GONE, (log) -> log.write(write, this.limits));
	}

	@Override
	public Optional<Replay> read(String sessionId, String stream, long after, int limit) {
		return change(sessionId, Optional.empty(), (log) -> log.read(stream, after, limit));
	}

	@Override
	public Optional<StreamState> setReader(String sessionId, String stream, @Nullable String reader) {
		return change(sessionId, Optional.empty(), (log) -> log.setReader(stream, reader));
	}

	@Override
	public void delivered(String sessionId, String stream, long position, long announced) {
		change(sessionId, true, (log) -> {
			log.delivered(stream, position, announced);
			return true;
		});
	}

	@Override
	public long announce(String topic, String message) {
		return this.announcements.announce(topic, message);
	}

	@Override
	public List<Announcement> announcementsAfter(long number) {
		return this.announcements.after(number);
	}

	@Override
	public int deleteExpired(int limit) {
		int deleted = 0;
		for (String sessionId : this.logs.keySet()) {
			if (deleted == limit) {
				break;
			}
			boolean gone = change(sessionId, true, (log) -> log.isEmpty());
			deleted += gone ? 1 : 0;
		}
		return deleted;
	}

	private <T> T change(String sessionId, T ifGone, Function<SessionLog, T> change) {
		List<T> result = new ArrayList<>(1);
		this.logs.compute(sessionId, (id, log) -> {
			if (!this.sessionExists.test(sessionId)) {
				return null;
			}
			SessionLog current = (log != null) ? log : new SessionLog(this.clock);
			current.drop(this.limits, this.clock.instant());
			result.add(change.apply(current));
			current.drop(this.limits, this.clock.instant());
			return current.isEmpty() ? null : current;
		});
		return result.isEmpty() ? ifGone : result.get(0);
	}

	private record Event(Stream stream, long position, String message, int bytes, Instant writtenAt) {
	}

	private static final class Stream {

		private final Deque<Event> events = new ArrayDeque<>();

		private StreamState state;

		private Instant writtenAt;

		Stream(StreamState state, Instant writtenAt) {
			this.state = state;
			this.writtenAt = writtenAt;
		}

	}

	/**
	 * Used by one thread at a time. What is to be dropped is at the front, so that
	 * nothing is searched for: streams of calls are in the order in which they were last
	 * written to, events in the order in which they were written.
	 */
	private static final class SessionLog {

		private final InstantSource clock;

		private final Map<String, Stream> listening = new HashMap<>();

		private final Map<String, Stream> running = new LinkedHashMap<>();

		private final Map<String, Stream> complete = new LinkedHashMap<>();

		private final Deque<Event> events = new ArrayDeque<>();

		private long bytes;

		SessionLog(InstantSource clock) {
			this.clock = clock;
		}

		private @Nullable Stream find(String stream) {
			Stream call = this.running.getOrDefault(stream, this.complete.get(stream));
			return (call != null) ? call : this.listening.get(stream);
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
			int dropped = (message != null) ? append(stream, after.last(), message, limits) : 0;
			return new WriteResult(true, after.last(), after.reader(), dropped);
		}

		private void makeRoom(StreamLimits limits) {
			while (this.running.size() + this.complete.size() >= limits.maxEvents()) {
				removeEldest(this.complete.isEmpty() ? this.running : this.complete);
			}
		}

		private static void removeEldest(Map<String, Stream> streams) {
			Iterator<Stream> eldest = streams.values().iterator();
			eldest.next();
			eldest.remove();
		}

		private int append(Stream stream, long position, String message, StreamLimits limits) {
			if (!limits.allows(message)) {
				return 1;
			}
			Instant now = this.clock.instant();
			Event event = new Event(stream, position, message, message.getBytes(StandardCharsets.UTF_8).length, now);
			this.events.add(event);
			stream.events.add(event);
			this.bytes += event.bytes();
			return drop(limits, now);
		}

		Optional<Replay> read(String stream, long after, int limit) {
			return Optional.ofNullable(find(stream))
				.map((known) -> new Replay(known.state,
						known.events.stream()
							.filter((event) -> event.position() > after)
							.limit(limit)
							.map((event) -> new LoggedEvent(event.position(), event.message()))
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
			(state.complete() ? this.complete : this.running).put(id, stream);
			return stream;
		}

		/**
		 * Drop what is over a limit, or too old.
		 * @return how many events were dropped that were not too old
		 */
		int drop(StreamLimits limits, Instant now) {
			Instant tooOld = now.minus(limits.retention());
			int dropped = 0;
			while (!this.events.isEmpty() && (this.events.size() > limits.maxEvents() || this.bytes > limits.maxBytes()
					|| !this.events.element().writtenAt().isAfter(tooOld))) {
				Event oldest = this.events.remove();
				oldest.stream().events.remove();
				this.bytes -= oldest.bytes();
				dropped += oldest.writtenAt().isAfter(tooOld) ? 1 : 0;
			}
			dropStreams(this.running, tooOld);
			dropStreams(this.complete, tooOld);
			return dropped;
		}

		private static void dropStreams(Map<String, Stream> streams, Instant tooOld) {
			while (!streams.isEmpty() && !streams.values().iterator().next().writtenAt.isAfter(tooOld)) {
				removeEldest(streams);
			}
		}

		boolean isEmpty() {
			return this.listening.isEmpty() && this.running.isEmpty() && this.complete.isEmpty();
		}

	}

}
