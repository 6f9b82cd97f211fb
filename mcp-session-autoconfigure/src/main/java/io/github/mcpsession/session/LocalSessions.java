package io.github.mcpsession.session;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
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

	private final Transport transport;

	private final int maxSessions;

	/**
	 * Create the sessions of a node: none yet.
	 * @param transport where the transport finds them
	 * @param maxSessions how many to hold at most, not counting those in use
	 */
	public LocalSessions(Transport transport, int maxSessions) {
		this.transport = transport;
		this.maxSessions = maxSessions;
	}

	/**
	 * Get a session and hold it.
	 * @param sessionId the session id
	 * @return the session, to be released, or {@code null} if this node has none
	 */
	@Nullable LocalSession acquire(String sessionId) {
		LocalSession session = this.sessions.get(sessionId);
		if (session == null || !session.use().acquire()) {
			return null;
		}
		// the servlet transport drops a session when one write to its client fails
		this.transport.addIfMissing(session);
		if (this.sessions.get(sessionId) != session) {
			// ended meanwhile: do not leave it in the transport
			this.transport.remove(session);
			session.use().release();
			return null;
		}
		return session;
	}

	/**
	 * Get a session without holding it.
	 * @param sessionId the session id
	 * @return the session, or {@code null} if this node has none
	 */
	public @Nullable LocalSession get(String sessionId) {
		return this.sessions.get(sessionId);
	}

	/**
	 * Hold a session, and evict others if there are too many.
	 * @param session the session
	 */
	public void add(LocalSession session) {
		this.sessions.put(session.id(), session);
		this.transport.add(session);
		if (this.sessions.size() > this.maxSessions) {
			evictIdlest();
		}
	}

	/**
	 * Hold a session no longer, without closing its connections.
	 * @param session the session
	 */
	public void remove(LocalSession session) {
		this.sessions.remove(session.id(), session);
		this.transport.remove(session);
	}

	/**
	 * Evict a session that has ended, in use or not.
	 * @param session the session
	 */
	void evict(LocalSession session) {
		remove(session);
		session.closeConnections().subscribe();
	}

	/**
	 * How many sessions this node holds.
	 * @return the number
	 */
	public int size() {
		return this.sessions.size();
	}

	/**
	 * How many streams are open. Reads all sessions.
	 * @return the numbers
	 */
	public OpenStreams openStreams() {
		return this.sessions.values()
			.stream()
			.map(LocalSession::openStreams)
			.reduce(OpenStreams.NONE, OpenStreams::plus);
	}

	/**
	 * Those whose clients do not listen to this node.
	 */
	void forEachThatDoesNotListen(Consumer<LocalSession> action) {
		this.sessions.values().forEach((session) -> {
			if (!session.listening().isOpen()) {
				action.accept(session);
			}
		});
	}

	/**
	 * The sessions whose clients listen to this node.
	 * @return the sessions
	 */
	public List<LocalSession> listening() {
		return this.sessions.values().stream().filter((session) -> session.listening().isOpen()).toList();
	}

	Set<String> subscriptions() {
		return this.sessions.values()
			.stream()
			.flatMap((session) -> session.record().subscriptions().stream())
			.collect(Collectors.toSet());
	}

	List<LocalSession> inUse() {
		return this.sessions.values().stream().filter(LocalSession::isInUse).toList();
	}

	void evictIdle(Duration idleTimeout) {
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
			this.transport.remove(session);
			session.closeConnections().subscribe();
			return null;
		});
	}

	/**
	 * Where the transport finds the session objects that requests name. Thread-safe.
	 */
	public interface Transport {

		/**
		 * Have the transport find a session.
		 * @param session the session
		 */
		void add(LocalSession session);

		/**
		 * Have the transport find a session again that it may have dropped.
		 * @param session the session
		 */
		void addIfMissing(LocalSession session);

		/**
		 * Have the transport find a session no longer.
		 * @param session the session; no other one with its id
		 */
		void remove(LocalSession session);

	}

}
