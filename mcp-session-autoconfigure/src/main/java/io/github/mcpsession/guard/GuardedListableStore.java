package io.github.mcpsession.guard;

import java.time.Duration;
import java.util.Optional;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link GuardedSessionStore} that can list sessions.
 *
 * @param guarded for all else
 * @param listable lists sessions
 */
record GuardedListableStore(GuardedSessionStore guarded,
		ListableSessionStore listable) implements ListableSessionStore {

	@Override
	public SessionPage list(@Nullable String cursor, int limit) {
		try {
			return this.guarded.guard().call("list", () -> this.listable.list(cursor, limit));
		}
		catch (SessionStoreException ex) {
			for (Throwable suppressed : ex.getSuppressed()) {
				if (suppressed instanceof IllegalArgumentException invalid) {
					throw invalid;
				}
			}
			throw ex;
		}
	}

	@Override
	public int countByPrincipal(String principal) {
		return this.guarded.guard().call("count", () -> this.listable.countByPrincipal(principal));
	}

	@Override
	public boolean isCounting() {
		return this.listable.isCounting();
	}

	@Override
	public boolean create(SessionRecord session, Duration idleTimeout) {
		return this.guarded.create(session, idleTimeout);
	}

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		return this.guarded.find(sessionId);
	}

	@Override
	public boolean replace(SessionRecord session) {
		return this.guarded.replace(session);
	}

	@Override
	public boolean touch(String sessionId, Duration idleTimeout) {
		return this.guarded.touch(sessionId, idleTimeout);
	}

	@Override
	public boolean delete(String sessionId) {
		return this.guarded.delete(sessionId);
	}

}
