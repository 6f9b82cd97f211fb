package io.github.mcpsession.session;

import java.util.Optional;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.SessionTerminatedEvent;
import io.github.mcpsession.SessionTerminatedEvent.Reason;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The stored sessions of one managed server, and the only place where sessions end:
 * deleted by the client or the application, or found to be missing or too old. What is
 * kept for callers in the same store is no session, and never found here. Thread-safe.
 */
public final class StoredSessionManager {

	private final ServerScope scope;

	private final SessionLimits limits;

	private final SessionStore store;

	private final SessionUpdater updater;

	private final LocalSessions local;

	private final Node node;

	private final SessionEvents events;

	private final JsonMapper mapper;

	/**
	 * Create a manager.
	 * @param scope the managed server
	 * @param limits how large sessions may become
	 * @param store the store
	 * @param updater changes stored sessions
	 * @param local the sessions that this node holds
	 * @param node this node
	 * @param events publishes events
	 * @param mapper for the values of attributes
	 */
	public StoredSessionManager(ServerScope scope, SessionLimits limits, SessionStore store, SessionUpdater updater,
			LocalSessions local, Node node, SessionEvents events, JsonMapper mapper) {
		this.scope = scope;
		this.limits = limits;
		this.store = store;
		this.updater = updater;
		this.local = local;
		this.node = node;
		this.events = events;
		this.mapper = mapper;
	}

	/**
	 * Find a session, of this server or another.
	 */
	public Optional<SessionRecord> find(String sessionId) {
		return ServerScope.isCallerId(sessionId) ? Optional.empty() : this.store.find(sessionId);
	}

	/**
	 * The attributes of a session, of this server or another.
	 */
	public SessionAttributes attributes(String sessionId) {
		return new StoredAttributes(() -> find(sessionId), (change) -> this.updater.update(sessionId, change),
				this.mapper, this.limits::check);
	}

	/**
	 * A page of the sessions of all servers.
	 */
	public SessionPage list(@Nullable String cursor, int limit) {
		if (this.store instanceof ListableSessionStore listable) {
			SessionPage page = listable.list(cursor, limit);
			return new SessionPage(
					page.sessions().stream().filter((session) -> !ServerScope.isCallerId(session.id())).toList(),
					page.next());
		}
		throw new UnsupportedOperationException(
				"The session store cannot list sessions: it is not a " + ListableSessionStore.class.getSimpleName());
	}

	/**
	 * End a session, if it is one of this server.
	 */
	public boolean terminate(String sessionId) {
		return this.scope.hasId(sessionId) && end(sessionId, Reason.APPLICATION);
	}

	/**
	 * End a session of this server, on all nodes.
	 * @param sessionId the session id
	 * @param reason who ends it
	 * @return {@code false} if the store has no such session; what nodes may still hold
	 * of it is evicted all the same
	 * @throws SessionStoreException if the store cannot be reached; nothing has ended
	 * then
	 */
	public boolean end(String sessionId, Reason reason) {
		boolean deleted = this.store.delete(sessionId);
		this.node.tryBroadcast(NodeMessage.ended(this.scope.mark(), sessionId));
		LocalSession session = this.local.get(sessionId);
		if (session != null) {
			this.local.evict(session);
		}
		if (deleted) {
			this.events.publish(new SessionTerminatedEvent(sessionId, reason));
		}
		return deleted;
	}

	/**
	 * End what this node holds of a session that the store does not have any more, or
	 * that is too old. Each node finds out by itself; who has ended the session, or
	 * {@linkplain #expired noticed} its end, publishes that.
	 * @param session the local session
	 */
	void endMissing(LocalSession session) {
		if (this.local.get(session.id()) == session) {
			this.local.evict(session);
		}
	}

	/**
	 * A session has expired, and of all nodes this one has noticed it.
	 * @param sessionId the session id; nothing is done if it is that of a caller
	 */
	public void expired(String sessionId) {
		if (ServerScope.isCallerId(sessionId)) {
			return;
		}
		LocalSession session = this.local.get(sessionId);
		if (session != null) {
			this.local.evict(session);
		}
		this.events.publish(new SessionTerminatedEvent(sessionId, Reason.EXPIRED));
	}

}
