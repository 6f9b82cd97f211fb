package io.github.mcpsession.memory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Consumer;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SessionStore} in the memory of this JVM. Sessions end with it; everything else
 * is as with a remote store. Nothing needs to be copied at the boundary, since records
 * are immutable.
 * <p>
 * Thread-safe: each change is one atomic step of the map, on the entry of its session.
 */
public final class MemorySessionStore implements ListableSessionStore {

	private final Map<String, Entry> entries = new ConcurrentHashMap<>();

	private final List<Consumer<String>> onDelete = new CopyOnWriteArrayList<>();

	private final InstantSource clock;

	public MemorySessionStore() {
		this(InstantSource.system());
	}

	MemorySessionStore(InstantSource clock) {
		this.clock = clock;
	}

	@Override
	public boolean create(SessionRecord session, Duration idleTimeout) {
		Instant now = this.clock.instant();
		AtomicBoolean created = new AtomicBoolean();
		this.entries.compute(session.id(), (id, entry) -> {
			if (isLive(entry, now)) {
				created.set(false);
				return entry;
			}
			created.set(true);
			return new Entry(session.stored(1, now, now), now.plus(idleTimeout));
		});
		return created.get();
	}

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		Instant now = this.clock.instant();
		return Optional.ofNullable(this.entries.get(sessionId))
			.filter((entry) -> isLive(entry, now))
			.map(Entry::session);
	}

	@Override
	public boolean replace(SessionRecord session) {
		return change(session.id(), (entry, now) -> {
			SessionRecord current = entry.session();
			return (current.version() != session.version()) ? null
					: new Entry(session.stored(current.version() + 1, current.createdAt(), current.lastAccessedAt()),
							entry.expiresAt());
		});
	}

	@Override
	public boolean touch(String sessionId, Duration idleTimeout) {
		return change(sessionId,
				(entry, now) -> new Entry(
						entry.session().stored(entry.session().version(), entry.session().createdAt(), now),
						now.plus(idleTimeout)));
	}

	/**
	 * Have what else there is of a session deleted with it.
	 */
	void onDelete(Consumer<String> delete) {
		this.onDelete.add(delete);
	}

	@Override
	public boolean delete(String sessionId) {
		Entry deleted = this.entries.remove(sessionId);
		this.onDelete.forEach((delete) -> delete.accept(sessionId));
		return isLive(deleted, this.clock.instant());
	}

	/**
	 * In the order of their ids. Looks at every session, and holds no more than a page.
	 */
	@Override
	public SessionPage list(@Nullable String cursor, int limit) {
		if (limit < 1 || (cursor != null && !SessionIds.isValid(cursor))) {
			throw new IllegalArgumentException("Not a cursor of this store, or a limit of less than 1");
		}
		Instant now = this.clock.instant();
		// the greatest first, to be dropped when there are too many
		PriorityQueue<SessionRecord> least = new PriorityQueue<>(Comparator.comparing(SessionRecord::id).reversed());
		for (Entry entry : this.entries.values()) {
			if (isLive(entry, now) && (cursor == null || entry.session().id().compareTo(cursor) >= 0)) {
				least.add(entry.session());
				if (least.size() > limit + 1) {
					least.remove();
				}
			}
		}
		List<SessionRecord> sessions = new ArrayList<>(least);
		sessions.sort(Comparator.comparing(SessionRecord::id));
		return (sessions.size() <= limit) ? new SessionPage(sessions, null)
				: new SessionPage(sessions.subList(0, limit),
						SessionIds.boundary(sessions.get(limit - 1).id(), sessions.get(limit).id()));
	}

	/**
	 * Looks at every session.
	 */
	@Override
	public int countByPrincipal(String principal) {
		Instant now = this.clock.instant();
		return (int) this.entries.values()
			.stream()
			.filter((entry) -> isLive(entry, now) && principal.equals(entry.session().principal()))
			.count();
	}

	@Override
	public List<String> takeExpired(int limit) {
		Instant now = this.clock.instant();
		List<String> taken = new ArrayList<>();
		for (Iterator<Entry> iterator = this.entries.values().iterator(); taken.size() < limit && iterator.hasNext();) {
			Entry entry = iterator.next();
			if (!isLive(entry, now) && this.entries.remove(entry.session().id(), entry)) {
				taken.add(entry.session().id());
			}
		}
		return taken;
	}

	private boolean change(String sessionId, BiFunction<Entry, Instant, @Nullable Entry> change) {
		Instant now = this.clock.instant();
		AtomicBoolean changed = new AtomicBoolean();
		this.entries.computeIfPresent(sessionId, (id, entry) -> {
			Entry replacement = isLive(entry, now) ? change.apply(entry, now) : null;
			changed.set(replacement != null);
			return (replacement != null) ? replacement : entry;
		});
		return changed.get();
	}

	private static boolean isLive(@Nullable Entry entry, Instant now) {
		return entry != null && entry.expiresAt().isAfter(now);
	}

	private record Entry(SessionRecord session, Instant expiresAt) {
	}

}
