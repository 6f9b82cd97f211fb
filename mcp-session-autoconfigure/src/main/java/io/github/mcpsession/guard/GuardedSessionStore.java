package io.github.mcpsession.guard;

import java.time.Duration;
import java.util.Optional;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;

/**
 * A store that answers in time, or throws
 * {@link io.github.mcpsession.SessionStoreException}.
 *
 * @param store the store
 * @param guard makes the calls
 */
public record GuardedSessionStore(SessionStore store, StoreGuard guard) implements SessionStore {

	/**
	 * Guard a store.
	 * @param store the store
	 * @param guard makes the calls
	 * @return a store that can list sessions if the given one can
	 */
	public static SessionStore of(SessionStore store, StoreGuard guard) {
		GuardedSessionStore guarded = new GuardedSessionStore(store, guard);
		return (store instanceof ListableSessionStore listable) ? new GuardedListableStore(guarded, listable) : guarded;
	}

	@Override
	public boolean create(SessionRecord session, Duration idleTimeout) {
		return this.guard.call("create", () -> this.store.create(session, idleTimeout));
	}

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		return this.guard.call("find", () -> this.store.find(sessionId));
	}

	@Override
	public boolean replace(SessionRecord session) {
		return this.guard.call("replace", () -> this.store.replace(session));
	}

	@Override
	public boolean touch(String sessionId, Duration idleTimeout) {
		return this.guard.call("touch", () -> this.store.touch(sessionId, idleTimeout));
	}

	@Override
	public boolean delete(String sessionId) {
		return this.guard.call("delete", () -> this.store.delete(sessionId));
	}

}
