package io.github.mcpsession.session;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;

/**
 * Sees what the store has of sessions that this node holds: something newer, or nothing
 * any more.
 * <p>
 * Thread-safe: threads of the cluster ask for what other nodes said, and the maintenance
 * thread for what the store could not be asked for then. Nobody will say so again.
 */
public final class HeldSessions {

	private final SessionStore store;

	private final LocalSessions local;

	private final Consumer<LocalSession> onGone;

	/**
	 * Sessions that may have changed or ended. Not more than this node holds.
	 */
	private final Set<LocalSession> unsure = ConcurrentHashMap.newKeySet();

	public HeldSessions(SessionStore store, LocalSessions local, Consumer<LocalSession> onGone) {
		this.store = store;
		this.local = local;
		this.onGone = onGone;
	}

	/**
	 * Take over what the store has of a session.
	 * @return {@code false} if it has ended, and is not held any more
	 * @throws SessionStoreException if the store cannot be asked
	 */
	public boolean validate(LocalSession session) {
		long since = System.nanoTime();
		Optional<SessionRecord> stored = this.store.find(session.id());
		if (stored.isEmpty()) {
			this.onGone.accept(session);
			return false;
		}
		session.refresh(stored.get(), since);
		return true;
	}

	/**
	 * The same, now or as soon as the store can be asked.
	 */
	public void validateSurely(LocalSession session) {
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
	public void validateSoon(Collection<LocalSession> sessions) {
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
