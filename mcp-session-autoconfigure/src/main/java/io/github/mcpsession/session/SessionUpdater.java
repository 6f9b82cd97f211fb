package io.github.mcpsession.session;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

import io.github.mcpsession.SessionConflictException;
import io.github.mcpsession.SessionNotFoundException;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;

/**
 * Changes a stored session: read, change, replace if nobody else did meanwhile, else
 * again. Thread-safe, on this node and across nodes; holds no lock.
 */
public final class SessionUpdater {

	private static final int ATTEMPTS = 100;

	private static final long MAX_BACKOFF_MILLIS = 20;

	private final SessionStore store;

	/**
	 * Create an updater.
	 * @param store the store
	 */
	public SessionUpdater(SessionStore store) {
		this.store = store;
	}

	/**
	 * Change a session.
	 * @param sessionId the session id
	 * @param change makes the changed record; if it returns the one that it was given
	 * nothing is written
	 * @return the session as it is stored now
	 * @throws SessionNotFoundException if the session is gone
	 * @throws SessionConflictException if others were always faster
	 */
	public SessionRecord update(String sessionId, UnaryOperator<SessionRecord> change) {
		for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
			SessionRecord current = this.store.find(sessionId)
				.orElseThrow(() -> new SessionNotFoundException(sessionId));
			SessionRecord changed = change.apply(current);
			if (changed == current) {
				return current;
			}
			if (this.store.replace(changed)) {
				return changed.stored(current.version() + 1, current.createdAt(), current.lastAccessedAt());
			}
			long backoff = ThreadLocalRandom.current().nextLong(Math.min(attempt, MAX_BACKOFF_MILLIS) + 1);
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(backoff));
		}
		throw new SessionConflictException(sessionId, ATTEMPTS);
	}

}
