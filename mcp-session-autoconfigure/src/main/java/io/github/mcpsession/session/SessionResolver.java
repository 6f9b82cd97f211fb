package io.github.mcpsession.session;

import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRestoredEvent;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.metrics.SessionMetrics;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resolves the sessions that requests name, restoring on this node what it does not hold.
 * <p>
 * Threads: many requests may resolve one session at once. The first that does not find it
 * on this node puts a future into {@link #restoring}, brings the session back and
 * completes the future with whether it is there now; the others wait for that and look
 * again. What was read before a request came is no answer to it: that session may have
 * ended since. It looks at the local sessions once more before, because another request
 * may have finished the same work since it looked. The key has the principal in it, so
 * that a stranger's attempt, which ends in "not found", is never the answer to the owner.
 */
public final class SessionResolver {

	private static final Logger logger = LoggerFactory.getLogger(SessionResolver.class);

	private static final int ATTEMPTS = 3;

	private final ServerScope scope;

	private final SessionSettings settings;

	private final SessionStore store;

	private final SessionRestorer restorer;

	private final Factory factory;

	private final LocalSessions local;

	private final StoredSessionManager manager;

	private final IdleTimeouts timeouts;

	private final SessionEvents events;

	private final SessionMetrics metrics;

	private final ConcurrentMap<RestoreKey, CompletableFuture<Boolean>> restoring = new ConcurrentHashMap<>();

	private record RestoreKey(String sessionId, @Nullable String principal) {
	}

	/**
	 * Create a resolver.
	 * @param scope the managed server
	 * @param settings how sessions are handled
	 * @param store the store
	 * @param restorer gets sessions from the store that this node does not hold
	 * @param factory makes local sessions of them
	 * @param local the sessions that this node holds
	 * @param manager ends sessions
	 * @param timeouts resets idle timeouts
	 * @param events publishes events
	 * @param metrics counts and times
	 */
	public SessionResolver(ServerScope scope, SessionSettings settings, SessionStore store, SessionRestorer restorer,
			Factory factory, LocalSessions local, StoredSessionManager manager, IdleTimeouts timeouts,
			SessionEvents events, SessionMetrics metrics) {
		this.scope = scope;
		this.settings = settings;
		this.store = store;
		this.restorer = restorer;
		this.factory = factory;
		this.local = local;
		this.manager = manager;
		this.timeouts = timeouts;
		this.events = events;
		this.metrics = metrics;
	}

	/**
	 * Find a session for a request of its client, restoring it on this node if needed. It
	 * is neither evicted nor does it expire until the lease is closed.
	 * @param sessionId the session id that the client sent
	 * @param principal the name of the authenticated caller, or {@code null}
	 * @param validate whether to ask the store if a session that this node holds has
	 * ended elsewhere; needless if the request itself will find out
	 * @return the session, or empty if it is unknown, has expired or belongs to another
	 * principal
	 * @throws SessionStoreException if the store cannot be asked and this node does not
	 * hold the session
	 */
	public Optional<SessionLease> resolve(String sessionId, @Nullable String principal, boolean validate) {
		if (!this.scope.hasId(sessionId)) {
			return Optional.empty();
		}
		long start = System.nanoTime();
		String caller = this.settings.principalBinding() ? principal : null;
		for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
			LocalSession held = this.local.acquire(sessionId);
			if (held != null) {
				return validate ? validate(held, caller, start) : lease(held, caller);
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
		throw new SessionStoreException("Session " + SessionIds.mask(sessionId)
				+ " is evicted as soon as it is restored; increase 'mcp.session.local.max-sessions'", null);
	}

	private Optional<SessionLease> lease(LocalSession held, @Nullable String caller) {
		if (belongsTo(held.record(), caller)) {
			return Optional.of(new SessionLease(held, false));
		}
		held.use().release();
		return Optional.empty();
	}

	/**
	 * Ask the store whether a session still exists, unless it was asked since the request
	 * came, or lately enough.
	 */
	private Optional<SessionLease> validate(LocalSession held, @Nullable String caller, long start) {
		boolean leased = false;
		try {
			SessionRecord record = held.record();
			long validated = held.use().lastValidated();
			if (validated - start < 0
					&& System.nanoTime() - validated >= this.settings.validationInterval().toNanos()) {
				long since = System.nanoTime();
				try {
					SessionRecord stored = readIfChanged(held, record, since);
					if (stored == null) {
						this.manager.endMissing(held);
						return Optional.empty();
					}
					record = stored;
				}
				catch (SessionStoreException ex) {
					logger.debug("Session {} is served without a check against the store", SessionIds.mask(held.id()),
							ex);
				}
			}
			if (!belongsTo(record, caller)) {
				return Optional.empty();
			}
			if (this.settings.isTooOld(record)) {
				this.manager.endMissing(held);
				return Optional.empty();
			}
			this.timeouts.resetIfDue(held);
			leased = true;
			return Optional.of(new SessionLease(held, false));
		}
		finally {
			if (!leased) {
				held.use().release();
			}
		}
	}

	/**
	 * Ask the store for the version of a session, and read the session again if it is not
	 * that of the copy.
	 * @return the record as it is now, {@code null} if the store has no such session
	 */
	private @Nullable SessionRecord readIfChanged(LocalSession held, SessionRecord record, long since) {
		SessionStore.Version current = this.store.findVersion(held.id()).orElse(null);
		if (current == null) {
			return null;
		}
		if (current.number() == record.version()) {
			held.use().validated(since);
			return record;
		}
		SessionRecord stored = this.store.find(held.id()).orElse(null);
		if (stored != null) {
			held.refresh(stored, since);
		}
		return stored;
	}

	private Optional<SessionLease> restore(RestoreKey key, CompletableFuture<Boolean> mine, long start) {
		try {
			LocalSession held = this.local.acquire(key.sessionId());
			if (held != null) {
				mine.complete(true);
				return validate(held, key.principal(), start);
			}
			LocalSession restored = load(key);
			if (restored == null) {
				mine.complete(false);
				return Optional.empty();
			}
			SessionRecord record = restored.record();
			mine.complete(true);
			this.restoring.remove(key, mine);
			logger.debug("Session {} restored", SessionIds.mask(key.sessionId()));
			if (!IdleTimeouts.isUnused(record)) {
				restored.use().touchSoon();
				this.timeouts.resetIfDue(restored);
			}
			this.events.publish(new SessionRestoredEvent(record));
			return Optional.of(new SessionLease(restored, true));
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
	private @Nullable LocalSession load(RestoreKey key) {
		SessionMetrics.Timing timing = this.metrics.restore();
		long since = System.nanoTime();
		try {
			SessionRecord stored = this.restorer.restore(key.sessionId(), this.store)
				.filter((found) -> belongsTo(found, key.principal()) && !this.settings.isTooOld(found))
				.orElse(null);
			if (stored == null) {
				timing.end(SessionMetrics.Outcome.NOT_FOUND, null);
				return null;
			}
			LocalSession restored = this.factory.create(stored, since);
			restored.use().acquire();
			this.local.add(restored);
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
			throw new SessionStoreException("Interrupted while restoring a session", ex);
		}
	}

	/**
	 * An anonymous session is for anonymous callers only, so that what it collects for
	 * one user never becomes another's.
	 */
	private boolean belongsTo(SessionRecord record, @Nullable String caller) {
		return !this.settings.principalBinding() || Objects.equals(record.principal(), caller);
	}

	/**
	 * Makes this node's copy of a stored session.
	 */
	@FunctionalInterface
	public interface Factory {

		/**
		 * Make a copy, which nobody finds yet.
		 * @param stored what the store has
		 * @param since when it was asked for it, by {@link System#nanoTime()}
		 * @return the local session
		 */
		LocalSession create(SessionRecord stored, long since);

	}

}
