package io.github.mcpsession.session;

import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.NodeMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Validates sessions that this node holds: takes over what the store has of them, newer
 * or nothing any more.
 * <p>
 * Thread-safe: threads of the cluster validate when other nodes send messages, and the
 * maintenance thread what could not be validated then. Those messages do not come again.
 */
public final class HeldSessions {

	private static final Logger logger = LoggerFactory.getLogger(HeldSessions.class);

	private final SessionStore store;

	private final LocalSessions local;

	private final StoredSessionManager manager;

	/**
	 * Sessions that may have changed or ended. Not more than this node holds.
	 */
	private final Set<LocalSession> unsure = ConcurrentHashMap.newKeySet();

	/**
	 * Create it.
	 * @param store the store
	 * @param local the sessions that this node holds
	 * @param manager ends those that the store does not have
	 */
	public HeldSessions(SessionStore store, LocalSessions local, StoredSessionManager manager) {
		this.store = store;
		this.local = local;
		this.manager = manager;
	}

	/**
	 * Take over what the store has of a session.
	 * @return {@code false} if it has ended, and is not held any more
	 * @throws SessionStoreException if the store cannot be asked
	 */
	private boolean validate(LocalSession session) {
		long since = System.nanoTime();
		Optional<SessionRecord> stored = this.store.find(session.id());
		if (stored.isEmpty()) {
			this.manager.endMissing(session);
			return false;
		}
		session.refresh(stored.get(), since);
		return true;
	}

	/**
	 * Handle a message about a session that this node holds, after validating that. What
	 * other nodes send is not believed about a session that the store does not have, or
	 * has for another principal.
	 * @param message the message
	 * @param handler what to do with the session
	 */
	void validated(NodeMessage message, Consumer<LocalSession> handler) {
		LocalSession session = find(message);
		if (session == null) {
			return;
		}
		try {
			if (!validate(session)) {
				return;
			}
		}
		catch (SessionStoreException ex) {
			logger.debug("Handled without a check against the store: {}", message, ex);
		}
		if (Objects.equals(session.record().principal(), message.principal())) {
			handler.accept(session);
		}
	}

	private @Nullable LocalSession find(NodeMessage message) {
		return (message.sessionId() != null) ? this.local.get(message.sessionId()) : null;
	}

	/**
	 * Validate the session that a message is about, now or as soon as the store can be
	 * reached.
	 */
	void validateSurely(NodeMessage message) {
		LocalSession session = find(message);
		if (session != null) {
			validateSurely(session);
		}
	}

	private void validateSurely(LocalSession session) {
		try {
			validate(session);
		}
		catch (SessionStoreException ex) {
			this.unsure.add(session);
		}
	}

	/**
	 * Have sessions validated soon.
	 */
	void validateSoon(Collection<LocalSession> sessions) {
		this.unsure.addAll(sessions);
	}

	/**
	 * Ask the store for what it could not be asked for. To be called twice a second.
	 */
	public void validateAgain() {
		List.copyOf(this.unsure).forEach((session) -> {
			this.unsure.remove(session);
			if (this.local.get(session.id()) == session) {
				validateSurely(session);
			}
		});
	}

}
