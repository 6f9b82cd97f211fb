package io.github.mcpsession.session;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
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
		if (ServerScope.isCallerId(sessionId)) {
			throw new SessionNotFoundException(sessionId);
		}
		return update(sessionId, change, () -> {
			throw new SessionNotFoundException(sessionId);
		}, this.store::replace);
	}

	/**
	 * Change a record, or make it if there is none.
	 * @param initial the record to begin with, at version 0
	 * @param life how long a new one lives
	 * @param change makes the changed record; if it returns the one that it was given
	 * nothing is written
	 * @return the record as it is stored now
	 * @throws SessionConflictException if others were always faster
	 */
	SessionRecord updateOrCreate(SessionRecord initial, Duration life, UnaryOperator<SessionRecord> change) {
		return update(initial.id(), change, () -> initial,
				(changed) -> (changed.version() == 0) ? this.store.create(changed, life) : this.store.replace(changed));
	}

	private SessionRecord update(String sessionId, UnaryOperator<SessionRecord> change, Supplier<SessionRecord> missing,
			Predicate<SessionRecord> save) {
		for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
			SessionRecord current = this.store.find(sessionId).orElseGet(missing);
			SessionRecord changed = change.apply(current);
			if (changed == current) {
				return current;
			}
			if (save.test(changed)) {
				return changed.stored(current.version() + 1, current.createdAt(), current.lastAccessedAt());
			}
			long backoff = ThreadLocalRandom.current().nextLong(Math.min(attempt, MAX_BACKOFF_MILLIS) + 1);
			LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(backoff));
		}
		throw new SessionConflictException(sessionId, ATTEMPTS);
	}

}
