package io.github.mcpsession.server;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionLease;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRestoredEvent;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.SessionTerminatedEvent;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.session.StoredAttributes;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.session.LocalSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves the sessions that requests name.
 * <p>
 * Threads: many requests may resolve one session at once. The first that does not find it
 * on this node puts a future into {@link #restoring}, brings the session back and
 * completes the future with whether it is there now; the others wait for that and look
 * again. What was read before a request came is no answer to it: that session may have
 * ended since. It looks at the local sessions once more before, because another request
 * may have finished the same work since it looked. The key has the principal in it, so
 * that a stranger's attempt, which ends in "not found", is never the answer to the owner.
 */
final class DefaultSessionManager implements SessionManager {

	private static final Logger logger = LoggerFactory.getLogger(DefaultSessionManager.class);

	private static final int ATTEMPTS = 3;

	private static final Duration MAX_TOUCH_INTERVAL = Duration.ofMinutes(3);

	private final ManagedServer node;

	private final SessionSettings settings;

	private final SessionStore store;

	private final Executor background;

	private final SessionRestorer restorer;

	private final ConcurrentMap<RestoreKey, CompletableFuture<Boolean>> restoring = new ConcurrentHashMap<>();

	private record RestoreKey(String sessionId, @Nullable String principal) {
	}

	DefaultSessionManager(ManagedServer node, Executor background, SessionRestorer restorer) {
		this.node = node;
		this.settings = node.settings();
		this.store = node.store();
		this.background = background;
		this.restorer = restorer;
	}

	@Override
	public Optional<SessionLease> resolve(String sessionId, @Nullable String principal) {
		if (!this.node.scope().hasId(sessionId)) {
			return Optional.empty();
		}
		long start = System.nanoTime();
		String caller = this.settings.principalBinding() ? principal : null;
		for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
			LocalSession held = this.node.local().acquire(sessionId);
			if (held != null) {
				return validate(held, caller, start);
			}
			RestoreKey key = new RestoreKey(sessionId, caller);
			CompletableFuture<Boolean> mine = new CompletableFuture<>();
			CompletableFuture<Boolean> others = this.restoring.putIfAbsent(key, mine);
			if (others == null) {
				return restore(key, mine, start);
			}
			if (!await(others)) {
				return Optional.empty();
			}
		}
		throw new SessionStoreException("Session " + SessionIds.mask(sessionId) + " is evicted as soon as restored; "
				+ "raise 'mcp.session.local.max-sessions'", null);
	}

	/**
	 * Ask the store whether a session still exists, unless it was asked since the request
	 * came, or lately enough.
	 */
	private Optional<SessionLease> validate(LocalSession held, @Nullable String caller, long start) {
		boolean leased = false;
		try {
			SessionRecord session = held.record();
			long validated = held.use().lastValidated();
			if (validated - start < 0
					&& System.nanoTime() - validated >= this.settings.validationInterval().toNanos()) {
				long since = System.nanoTime();
				try {
					Optional<SessionRecord> stored = this.store.find(held.id());
					if (stored.isEmpty()) {
						gone(held);
						return Optional.empty();
					}
					session = stored.get();
					held.refresh(session, since);
				}
				catch (SessionStoreException ex) {
					logger.debug("Session {} is served without asking the store", SessionIds.mask(held.id()), ex);
				}
			}
			if (!belongsTo(session, caller)) {
				return Optional.empty();
			}
			if (this.settings.isTooOld(session)) {
				gone(held);
				return Optional.empty();
			}
			touchIfDue(held);
			leased = true;
			return Optional.of(new Lease(held, false));
		}
		finally {
			if (!leased) {
				held.use().release();
			}
		}
	}

	private Optional<SessionLease> restore(RestoreKey key, CompletableFuture<Boolean> mine, long start) {
		try {
			LocalSession held = this.node.local().acquire(key.sessionId());
			if (held != null) {
				mine.complete(true);
				return validate(held, key.principal(), start);
			}
			LocalSession restored = bringBack(key);
			if (restored == null) {
				mine.complete(false);
				return Optional.empty();
			}
			SessionRecord session = restored.record();
			mine.complete(true);
			this.restoring.remove(key, mine);
			logger.debug("Session {} restored", SessionIds.mask(key.sessionId()));
			restored.use().touchSoon();
			touchIfDue(restored);
			this.node.events().publish(new SessionRestoredEvent(session));
			return Optional.of(new Lease(restored, true));
		}
		catch (RuntimeException | Error ex) {
			mine.completeExceptionally(ex);
			throw ex;
		}
		finally {
			this.restoring.remove(key, mine);
		}
	}

	/**
	 * Get a session from the store, and hold it.
	 * @return the session, {@code null} if there is none for this caller
	 */
	private @Nullable LocalSession bringBack(RestoreKey key) {
		SessionMetrics.Timing timing = this.node.metrics().restore();
		long since = System.nanoTime();
		try {
			SessionRecord stored = this.restorer.restore(key.sessionId(), this.store)
				.filter((session) -> belongsTo(session, key.principal()) && !this.settings.isTooOld(session))
				.orElse(null);
			if (stored == null) {
				timing.end(SessionMetrics.Outcome.NOT_FOUND, null);
				return null;
			}
			LocalSession restored = this.node.restore(stored, since);
			restored.use().acquire();
			this.node.local().add(restored);
			timing.end(SessionMetrics.Outcome.SUCCESS, null);
			return restored;
		}
		catch (RuntimeException | Error ex) {
			timing.end(SessionMetrics.Outcome.FAILURE, ex);
			throw ex;
		}
	}

	private boolean await(CompletableFuture<Boolean> others) {
		try {
			return others.get(this.settings.storeTimeout().toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof SessionStoreException cause)
					? new SessionStoreException(String.valueOf(cause.getMessage()), cause)
					: new SessionStoreException("A session could not be restored", ex.getCause());
		}
		catch (TimeoutException ex) {
			throw new SessionStoreException("A session was not restored in time", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new SessionStoreException("Interrupted while a session was restored", ex);
		}
	}

	/**
	 * An anonymous session is for anonymous callers only, so that what it collects for
	 * one user never becomes another's.
	 */
	private boolean belongsTo(SessionRecord session, @Nullable String caller) {
		return !this.settings.principalBinding() || Objects.equals(session.principal(), caller);
	}

	/**
	 * Also the time within which what a listening stream has missed of the cluster is
	 * found out, and the precision of the time of a session's last use.
	 */
	private long touchInterval() {
		return Math.min(this.settings.timeout().toNanos() / 10, MAX_TOUCH_INTERVAL.toNanos());
	}

	/**
	 * Reset the idle timeout, once in a touch interval, without making the request wait.
	 */
	private void touchIfDue(LocalSession session) {
		if (session.use().claimTouch(touchInterval())) {
			this.background.execute(() -> touch(session));
		}
	}

	private void touch(LocalSession session) {
		Duration life = this.settings.remainingLife(session.record());
		try {
			if (life.isNegative() || life.isZero() || !this.store.touch(session.id(), life)) {
				gone(session);
			}
		}
		catch (SessionStoreException ex) {
			session.use().touchSoon();
		}
	}

	private void refreshListener(LocalSession session) {
		try {
			this.node.router().refreshListener(session);
		}
		catch (SessionStoreException ex) {
			session.use().touchSoon();
		}
	}

	void gone(LocalSession session) {
		if (this.node.local().get(session.id()) == session) {
			this.node.local().evict(session);
			this.node.events().publish(new SessionTerminatedEvent(session.id(), SessionTerminatedEvent.Reason.GONE));
		}
	}

	/**
	 * To be called at intervals shorter than the touch interval: keeps sessions alive
	 * that are in use, and drops copies that are not.
	 * @param localIdleTimeout when to drop a copy
	 */
	void maintain(Duration localIdleTimeout) {
		this.node.local().inUse().forEach((session) -> {
			if (this.settings.isTooOld(session.record())) {
				gone(session);
			}
		});
		this.node.local()
			.inUse()
			.stream()
			.filter((session) -> session.use().claimTouch(touchInterval()))
			.forEach((session) -> {
				touch(session);
				refreshListener(session);
			});
		this.node.local().evictIdle(localIdleTimeout);
	}

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		return this.store.find(sessionId);
	}

	@Override
	public SessionAttributes attributes(String sessionId) {
		return new StoredAttributes(sessionId, this.store, this.node.updater(), this.node.mapper(),
				this.settings.limits());
	}

	@Override
	public SessionPage list(@Nullable String cursor, int limit) {
		if (this.store instanceof ListableSessionStore listable) {
			return listable.list(cursor, limit);
		}
		throw new UnsupportedOperationException(
				"The session store cannot list sessions: it is no " + ListableSessionStore.class.getSimpleName());
	}

	@Override
	public boolean terminate(String sessionId) {
		if (!this.node.scope().hasId(sessionId)) {
			return false;
		}
		boolean deleted = this.store.delete(sessionId);
		this.node.router().announceEnd(sessionId);
		LocalSession held = this.node.local().get(sessionId);
		if (held != null) {
			this.node.local().evict(held);
		}
		if (deleted) {
			this.node.events()
				.publish(new SessionTerminatedEvent(sessionId, SessionTerminatedEvent.Reason.APPLICATION));
		}
		return deleted;
	}

	@Override
	public StorageMode getStorageMode() {
		return this.node.storageMode();
	}

	private static final class Lease implements SessionLease {

		private final LocalSession held;

		private final SessionRecord session;

		private final boolean restored;

		private final AtomicBoolean closed = new AtomicBoolean();

		Lease(LocalSession held, boolean restored) {
			this.held = held;
			this.session = held.record();
			this.restored = restored;
		}

		@Override
		public SessionRecord session() {
			return this.session;
		}

		@Override
		public boolean isRestored() {
			return this.restored;
		}

		@Override
		public void close() {
			if (this.closed.compareAndSet(false, true)) {
				this.held.use().release();
			}
		}

	}

}
