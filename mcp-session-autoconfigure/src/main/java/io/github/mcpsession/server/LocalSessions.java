package io.github.mcpsession.server;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;

import io.github.mcpsession.session.OpenStreams;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that this node holds, and that the transport therefore finds in its map.
 * The stored sessions do not depend on what happens here.
 * <p>
 * Thread-safe. A session is evicted within the atomic step that takes it out of the map,
 * so that a restore at the same moment begins after the SDK has forgotten the old copy.
 */
final class LocalSessions {

	private final ConcurrentMap<String, SdkSession> sessions = new ConcurrentHashMap<>();

	private final ConcurrentMap<String, McpStreamableServerSession> transportSessions;

	private final int maxSessions;

	LocalSessions(ConcurrentMap<String, McpStreamableServerSession> transportSessions, int maxSessions) {
		this.transportSessions = transportSessions;
		this.maxSessions = maxSessions;
	}

	/**
	 * Get a session and hold it.
	 * @param sessionId the session id
	 * @return the session, to be released, or {@code null} if this node has none
	 */
	@Nullable SdkSession acquire(String sessionId) {
		SdkSession session = this.sessions.get(sessionId);
		if (session == null || !session.use().acquire()) {
			return null;
		}
		// the servlet transport drops a session when one write to its client fails
		this.transportSessions.putIfAbsent(sessionId, session);
		if (this.sessions.get(sessionId) != session) {
			// ended meanwhile: do not leave it in the transport
			this.transportSessions.remove(sessionId, session);
			session.use().release();
			return null;
		}
		return session;
	}

	@Nullable SdkSession get(String sessionId) {
		return this.sessions.get(sessionId);
	}

	void add(SdkSession session) {
		this.sessions.put(session.getId(), session);
		this.transportSessions.put(session.getId(), session);
		if (this.sessions.size() > this.maxSessions) {
			evictIdlest();
		}
	}

	void remove(SdkSession session) {
		this.sessions.remove(session.getId(), session);
		this.transportSessions.remove(session.getId(), session);
	}

	/**
	 * Drop a session that has ended, in use or not.
	 * @param session the session
	 */
	void end(SdkSession session) {
		remove(session);
		session.closeCopy().subscribe();
	}

	int size() {
		return this.sessions.size();
	}

	OpenStreams openStreams() {
		return this.sessions.values().stream().map(SdkSession::openStreams).reduce(OpenStreams.NONE, OpenStreams::plus);
	}

	List<SdkSession> listening() {
		return this.sessions.values().stream().filter((session) -> session.listener().isOpen()).toList();
	}

	Set<String> subscriptions() {
		return this.sessions.values()
			.stream()
			.flatMap((session) -> session.record().subscriptions().stream())
			.collect(Collectors.toSet());
	}

	List<SdkSession> inUse() {
		return this.sessions.values().stream().filter(SdkSession::isInUse).toList();
	}

	void evictIdle(Duration idleTimeout) {
		long now = System.nanoTime();
		this.sessions.values()
			.stream()
			.filter((session) -> now - session.use().lastUsed() > idleTimeout.toNanos())
			.forEach(this::evict);
	}

	/**
	 * Make room, for some more sessions than one, since finding the idlest takes a look
	 * at all.
	 */
	private synchronized void evictIdlest() {
		int excess = this.sessions.size() - this.maxSessions;
		if (excess <= 0) {
			return;
		}
		record Candidate(SdkSession session, long idle) {
		}
		long now = System.nanoTime();
		this.sessions.values()
			.stream()
			.filter((session) -> !session.isInUse())
			.map((session) -> new Candidate(session, now - session.use().lastUsed()))
			.sorted(Comparator.comparingLong(Candidate::idle).reversed())
			.limit(excess + this.maxSessions / 20)
			.forEach((candidate) -> evict(candidate.session()));
	}

	private void evict(SdkSession session) {
		this.sessions.computeIfPresent(session.getId(), (id, current) -> {
			if (current != session || !session.closeIfUnused()) {
				return current;
			}
			this.transportSessions.remove(id, session);
			session.closeCopy().subscribe();
			return null;
		});
	}

}
