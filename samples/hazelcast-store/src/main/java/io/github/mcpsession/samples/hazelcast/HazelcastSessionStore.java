package io.github.mcpsession.samples.hazelcast;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.hazelcast.aggregation.Aggregators;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicate;
import com.hazelcast.query.Predicates;
import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRecordCodec;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in a Hazelcast map. Each method is one entry processor, which is one atomic
 * step; times come from the clock of the cluster. Thread-safe.
 */
final class HazelcastSessionStore implements ListableSessionStore {

	private final SessionRecordCodec codec = new SessionRecordCodec();

	private final HazelcastInstance hazelcast;

	private final IMap<String, StoredSession> sessions;

	HazelcastSessionStore(HazelcastInstance hazelcast, String namespace) {
		this.hazelcast = hazelcast;
		this.sessions = hazelcast.getMap(mapName(namespace));
	}

	static String mapName(String namespace) {
		return "mcp-sessions-" + namespace;
	}

	private long now() {
		return this.hazelcast.getCluster().getClusterTime();
	}

	@Override
	public boolean create(SessionRecord session, Duration idleTimeout) {
		String json = this.codec.write(session);
		String principal = session.principal();
		long order = order(session.id());
		long timeout = idleTimeout.toMillis();
		long now = now();
		return this.sessions.executeOnKey(session.id(), (entry) -> {
			if (StoredSession.isLive(entry.getValue(), now)) {
				return false;
			}
			entry.setValue(new StoredSession(json, principal, order, now, timeout));
			return true;
		});
	}

	private static long order(String sessionId) {
		return HexFormat.fromHexDigitsToLong(SessionIds.hash(sessionId).substring(0, 15));
	}

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		return read(sessionId, this.sessions.executeOnKey(sessionId, viewer(now())));
	}

	private static EntryProcessor<String, StoredSession, StoredSession.@Nullable View> viewer(long now) {
		return (entry) -> StoredSession.isLive(entry.getValue(), now) ? entry.getValue().view() : null;
	}

	private Optional<SessionRecord> read(String id, StoredSession.@Nullable View view) {
		return (view != null) ? this.codec.read(view.json(), id, view.version(), Instant.ofEpochMilli(view.createdAt()),
				Instant.ofEpochMilli(view.accessedAt())) : Optional.empty();
	}

	@Override
	public boolean replace(SessionRecord session) {
		String json = this.codec.write(session);
		long version = session.version();
		return change(session.id(), (stored, now) -> {
			if (stored.version != version) {
				return false;
			}
			stored.json = json;
			stored.version++;
			return true;
		});
	}

	@Override
	public boolean touch(String sessionId, Duration idleTimeout) {
		long timeout = idleTimeout.toMillis();
		return change(sessionId, (stored, now) -> {
			stored.touch(now, timeout);
			return true;
		});
	}

	private boolean change(String sessionId, Change change) {
		long now = now();
		return this.sessions.executeOnKey(sessionId, (entry) -> {
			StoredSession session = entry.getValue();
			if (!StoredSession.isLive(session, now) || !change.apply(session, now)) {
				return false;
			}
			entry.setValue(session);
			return true;
		});
	}

	@Override
	public boolean delete(String sessionId) {
		long now = now();
		return this.sessions.executeOnKey(sessionId, (entry) -> {
			boolean live = StoredSession.isLive(entry.getValue(), now);
			entry.setValue(null);
			return live;
		});
	}

	@Override
	public SessionPage list(@Nullable String cursor, int limit) {
		if (limit < 1 || (cursor != null && !cursor.matches("[0-9a-f]{16}"))) {
			throw new IllegalArgumentException("Not a cursor of this store, or a limit of less than 1");
		}
		long after = (cursor != null) ? HexFormat.fromHexDigitsToLong(cursor) : -1;
		Comparator<Map.Entry<String, StoredSession>> byOrder = (Comparator<Map.Entry<String, StoredSession>> & Serializable) (
				one, other) -> Long.compare(one.getValue().order, other.getValue().order);
		Collection<String> ids = this.sessions
			.keySet(Predicates.pagingPredicate(Predicates.greaterThan("order", after), byOrder, limit));
		Map<String, StoredSession.View> views = this.sessions.executeOnKeys(new HashSet<>(ids), viewer(now()));
		List<SessionRecord> records = ids.stream()
			.map((id) -> read(id, views.get(id)))
			.flatMap(Optional::stream)
			.toList();
		long last = ids.stream().mapToLong(HazelcastSessionStore::order).max().orElse(after);
		return new SessionPage(records, (ids.size() == limit) ? HexFormat.of().toHexDigits(last) : null);
	}

	@Override
	public int countByPrincipal(String principal) {
		Predicate<String, StoredSession> live = Predicates.and(Predicates.equal("principal", principal),
				Predicates.greaterThan("expiresAt", now()));
		return this.sessions.aggregate(Aggregators.<Map.Entry<String, StoredSession>>count(), live).intValue();
	}

	@Override
	public List<String> takeExpired(int limit) {
		long now = now();
		Collection<String> expired = this.sessions
			.keySet(Predicates.pagingPredicate(Predicates.lessEqual("expiresAt", now), limit));
		Map<String, Boolean> taken = this.sessions.executeOnKeys(new HashSet<>(expired), (entry) -> {
			boolean take = entry.getValue() != null && !StoredSession.isLive(entry.getValue(), now);
			entry.setValue(take ? null : entry.getValue());
			return take;
		});
		return expired.stream().filter((id) -> Boolean.TRUE.equals(taken.get(id))).toList();
	}

	/**
	 * A change to a live session.
	 */
	private interface Change extends Serializable {

		boolean apply(StoredSession session, long now);

	}

}
