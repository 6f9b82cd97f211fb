package io.github.mcpsession.memory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

import io.github.mcpsession.ExpiryCleaner;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import org.jspecify.annotations.Nullable;

/**
 * An {@link EventLog} in the memory of this JVM.
 * <p>
 * Thread-safe: each call is one atomic step of the map, on the entry of its session.
 *
 * @since 0.1.0
 * @see MemorySessionStore
 */
public final class MemoryEventLog implements EventLog, ExpiryCleaner {

	private final Map<String, SessionLog> logs;

	private final Predicate<String> sessionExists;

	private final StreamLimits limits;

	private final InstantSource clock;

	/**
	 * Create a log.
	 * @param store the store of the sessions
	 * @param limits how much to keep
	 */
	public MemoryEventLog(SessionStore store, StreamLimits limits) {
		this(store, limits, InstantSource.system(), new ConcurrentHashMap<>());
	}

	private MemoryEventLog(SessionStore store, StreamLimits limits, InstantSource clock, Map<String, SessionLog> logs) {
		this.logs = logs;
		this.sessionExists = (session) -> store.find(session).isPresent();
		this.limits = limits;
		this.clock = clock;
	}

	/**
	 * A log on the same data.
	 */
	MemoryEventLog with(SessionStore store, StreamLimits limits) {
		return new MemoryEventLog(store, limits, this.clock, this.logs);
	}

	@Override
	public WriteResult write(String session, StreamWrite write) {
		return change(session, WriteResult.GONE, (log) -> log.write(write, this.limits));
	}

	@Override
	public Optional<Replay> read(String session, String stream, long after, int limit) {
		return change(session, Optional.empty(), (log) -> log.read(stream, after, limit));
	}

	@Override
	public Optional<StreamState> follow(String session, String stream, @Nullable String follower) {
		return change(session, Optional.empty(), (log) -> log.follow(stream, follower));
	}

	@Override
	public void delivered(String session, String stream, long position, long announced) {
		change(session, true, (log) -> {
			log.delivered(stream, position, announced);
			return true;
		});
	}

	@Override
	public void delete(String session) {
		this.logs.remove(session);
	}

	@Override
	public int deleteExpired(int limit) {
		int deleted = 0;
		for (String session : this.logs.keySet()) {
			if (deleted == limit) {
				break;
			}
			boolean gone = change(session, true, (log) -> log.isEmpty());
			deleted += gone ? 1 : 0;
		}
		return deleted;
	}

	private <T> T change(String session, T ifGone, Function<SessionLog, T> change) {
		List<T> result = new ArrayList<>(1);
		this.logs.compute(session, (id, log) -> {
			if (!this.sessionExists.test(session)) {
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

	private record Event(String stream, long position, String message, int bytes, Instant writtenAt) {
	}

	private record Stream(StreamState state, Instant writtenAt) {
	}

	/**
	 * Used by one thread at a time.
	 */
	private static final class SessionLog {

		private final InstantSource clock;

		private final Map<String, Stream> streams = new HashMap<>();

		private final Deque<Event> events = new ArrayDeque<>();

		private long bytes;

		SessionLog(InstantSource clock) {
			this.clock = clock;
		}

		private StreamState state(String stream, StreamState ifUnknown) {
			Stream known = this.streams.get(stream);
			return (known != null) ? known.state() : ifUnknown;
		}

		WriteResult write(StreamWrite write, StreamLimits limits) {
			StreamState before = state(write.stream(), StreamState.begin(write.owner(), write.requestId()));
			StreamState after = before.after(write).orElse(null);
			if (after == null) {
				return new WriteResult(false, before.last(), before.follower());
			}
			String message = write.message();
			if (message != null) {
				Event event = new Event(write.stream(), after.last(), message,
						message.getBytes(StandardCharsets.UTF_8).length, this.clock.instant());
				this.events.add(event);
				this.bytes += event.bytes();
			}
			put(write.stream(), after);
			return new WriteResult(true, after.last(), after.follower(), drop(limits, this.clock.instant()));
		}

		Optional<Replay> read(String stream, long after, int limit) {
			return Optional.ofNullable(this.streams.get(stream))
				.map((known) -> new Replay(known.state(),
						this.events.stream()
							.filter((event) -> event.stream().equals(stream) && event.position() > after)
							.limit(limit)
							.map((event) -> new LoggedEvent(event.position(), event.message()))
							.toList()));
		}

		Optional<StreamState> follow(String stream, @Nullable String follower) {
			Stream known = this.streams.get(stream);
			if (known == null) {
				return Optional.empty();
			}
			StreamState state = known.state();
			put(stream, state.withFollower(follower));
			return Optional.of(state);
		}

		void delivered(String stream, long position, long announced) {
			put(stream, state(stream, StreamState.begin(null, null)).withDelivered(position, announced));
		}

		private void put(String stream, StreamState state) {
			this.streams.put(stream, new Stream(state, this.clock.instant()));
		}

		/**
		 * Drop what is over a limit, or too old.
		 * @return how many events were dropped that were not too old
		 */
		int drop(StreamLimits limits, Instant now) {
			Duration retention = limits.retention();
			int dropped = 0;
			while (!this.events.isEmpty() && (this.events.size() > limits.maxEvents() || this.bytes > limits.maxBytes()
					|| !this.events.element().writtenAt().plus(retention).isAfter(now))) {
				Event oldest = this.events.remove();
				this.bytes -= oldest.bytes();
				dropped += oldest.writtenAt().plus(retention).isAfter(now) ? 1 : 0;
			}
			this.streams.values()
				.removeIf(
						(stream) -> stream.state().owner() != null && !stream.writtenAt().plus(retention).isAfter(now));
			return dropped;
		}

		boolean isEmpty() {
			return this.streams.isEmpty();
		}

	}

}
