package io.github.mcpsession.session;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * The sessions that this node holds, and that the transport therefore finds in its map.
 * The stored sessions do not depend on what happens here.
 * <p>
 * Thread-safe. A session is evicted within the atomic step that takes it out of the map,
 * so that a restore at the same moment begins after the SDK has forgotten the old copy.
 */
public final class LocalSessions {

	private final ConcurrentMap<String, LocalSession> sessions = new ConcurrentHashMap<>();

	private final TransportSessions transportSessions;

	private final int maxSessions;

	public LocalSessions(TransportSessions transportSessions, int maxSessions) {
		this.transportSessions = transportSessions;
		this.maxSessions = maxSessions;
	}

	/**
	 * Get a session and hold it.
	 * @param sessionId the session id
	 * @return the session, to be released, or {@code null} if this node has none
	 */
	public @Nullable LocalSession acquire(String sessionId) {
		LocalSession session = this.sessions.get(sessionId);
		if (session == null || !session.use().acquire()) {
			return null;
		}
		// the servlet transport drops a session when one write to its client fails
		this.transportSessions.addIfMissing(session);
		if (this.sessions.get(sessionId) != session) {
			// ended meanwhile: do not leave it in the transport
			this.transportSessions.remove(session);
			session.use().release();
			return null;
		}
		return session;
	}

	public @Nullable LocalSession get(String sessionId) {
		return this.sessions.get(sessionId);
	}

	public void add(LocalSession session) {
		this.sessions.put(session.id(), session);
		this.transportSessions.add(session);
		if (this.sessions.size() > this.maxSessions) {
			evictIdlest();
		}
	}

	public void remove(LocalSession session) {
		this.sessions.remove(session.id(), session);
		this.transportSessions.remove(session);
	}

	/**
	 * Evict a session that has ended, in use or not.
	 * @param session the session
	 */
	public void evict(LocalSession session) {
		remove(session);
		session.closeConnections().subscribe();
	}

	public int size() {
		return this.sessions.size();
	}

	public OpenStreams openStreams() {
		return this.sessions.values()
			.stream()
			.map(LocalSession::openStreams)
			.reduce(OpenStreams.NONE, OpenStreams::plus);
	}

	public List<LocalSession> listening() {
		return this.sessions.values().stream().filter((session) -> session.listening().isOpen()).toList();
	}

	public Set<String> subscriptions() {
		return this.sessions.values()
			.stream()
			.flatMap((session) -> session.record().subscriptions().stream())
			.collect(Collectors.toSet());
	}

	public List<LocalSession> inUse() {
		return this.sessions.values().stream().filter(LocalSession::isInUse).toList();
	}

	public void evictIdle(Duration idleTimeout) {
		long now = System.nanoTime();
		this.sessions.values()
			.stream()
			.filter((session) -> now - session.use().lastUsed() > idleTimeout.toNanos())
			.forEach(this::evictIfUnused);
	}

	/**
	 * Make room, for some more sessions than one, since finding the idlest reads all.
	 */
	private synchronized void evictIdlest() {
		int excess = this.sessions.size() - this.maxSessions;
		if (excess <= 0) {
			return;
		}
		record Candidate(LocalSession session, long idle) {
		}
		long now = System.nanoTime();
		this.sessions.values()
			.stream()
			.filter((session) -> !session.isInUse())
			.map((session) -> new Candidate(session, now - session.use().lastUsed()))
			.sorted(Comparator.comparingLong(Candidate::idle).reversed())
			.limit(excess + this.maxSessions / 20)
			.forEach((candidate) -> evictIfUnused(candidate.session()));
	}

	private void evictIfUnused(LocalSession session) {
		this.sessions.computeIfPresent(session.id(), (id, current) -> {
			if (current != session || session.awaitsReply() || !session.use().closeUnlessHeld()) {
				return current;
			}
			this.transportSessions.remove(session);
			session.closeConnections().subscribe();
			return null;
		});
	}

}
