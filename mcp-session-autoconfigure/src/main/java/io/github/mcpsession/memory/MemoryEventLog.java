package io.github.mcpsession.memory;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
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
			current.dropOld(this.limits);
			result.add(change.apply(current));
			return current.isEmpty() ? null : current;
		});
		return result.isEmpty() ? ifGone : result.get(0);
	}

}
