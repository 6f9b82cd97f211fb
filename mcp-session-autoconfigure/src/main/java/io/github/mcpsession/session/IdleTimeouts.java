package io.github.mcpsession.session;

import java.time.Duration;
import java.util.concurrent.Executor;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;

/**
 * Extends the life of sessions that are in use: resets their idle timeout in the store,
 * once in an interval. Thread-safe: request threads do so in passing, and the maintenance
 * thread for sessions whose requests take long.
 */
public final class IdleTimeouts {

	private static final Duration MAX_INTERVAL = Duration.ofMinutes(3);

	private final SessionSettings settings;

	private final SessionStore store;

	private final LocalSessions local;

	private final StoredSessionManager manager;

	private final Executor background;

	/**
	 * Also the time within which what a listening stream has missed of the cluster is
	 * found out, and the precision of the time of a session's last use.
	 */
	private final long interval;

	/**
	 * Create them.
	 * @param settings how sessions are handled
	 * @param store the store
	 * @param local the sessions that this node holds
	 * @param manager ends sessions
	 * @param background makes calls to the store that nobody waits for
	 */
	public IdleTimeouts(SessionSettings settings, SessionStore store, LocalSessions local, StoredSessionManager manager,
			Executor background) {
		this.settings = settings;
		this.store = store;
		this.local = local;
		this.manager = manager;
		this.background = background;
		this.interval = Math.min(settings.timeout().toNanos() / 10, MAX_INTERVAL.toNanos());
	}

	/**
	 * Reset the idle timeout of a session if it is time to, without making the request
	 * wait.
	 */
	void resetIfDue(LocalSession session) {
		if (session.use().claimTouch(this.interval)) {
			this.background.execute(() -> reset(session));
		}
	}

	/**
	 * A session is used. One that was not since it was initialized lives longer from now
	 * on.
	 * @param session the session
	 */
	public void used(LocalSession session) {
		if (session.use().isFirst() && isUnused(session.record())) {
			session.use().touchSoon();
			resetIfDue(session);
		}
	}

	/**
	 * Whether the idle timeout of a session was never reset.
	 */
	static boolean isUnused(SessionRecord record) {
		return record.lastAccessedAt().equals(record.createdAt());
	}

	private void reset(LocalSession session) {
		Duration life = this.settings.remainingLife(session.record());
		try {
			if (life.isNegative() || life.isZero() || !this.store.touch(session.id(), life)) {
				this.manager.endMissing(session);
			}
		}
		catch (SessionStoreException ex) {
			session.use().touchSoon();
		}
	}

	/**
	 * To be called at intervals shorter than that of resets: keeps sessions alive that
	 * are in use, ends those that are too old, and evicts local sessions that are idle.
	 * @param claims where clients listen to this node
	 */
	public void maintain(ListeningClaims claims) {
		this.local.inUse().forEach((session) -> {
			if (this.settings.isTooOld(session.record())) {
				this.manager.endMissing(session);
			}
		});
		this.local.inUse().stream().filter((session) -> session.use().claimTouch(this.interval)).forEach((session) -> {
			reset(session);
			refresh(claims, session);
		});
		this.local.evictIdle(this.settings.local().idleTimeout());
	}

	private static void refresh(ListeningClaims claims, LocalSession session) {
		try {
			claims.refresh(session);
		}
		catch (SessionStoreException ex) {
			session.use().touchSoon();
		}
	}

}
