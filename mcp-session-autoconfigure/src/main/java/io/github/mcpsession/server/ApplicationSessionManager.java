package io.github.mcpsession.server;

import java.util.Optional;
import java.util.function.Function;

import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionLease;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of an application, whichever of its transports they are of. To end one is
 * for the manager of its transport, since only that reaches the nodes that hold it.
 *
 * @param first the manager of the first transport
 * @param managerOf finds the manager of a session by its id
 */
record ApplicationSessionManager(SessionManager first,
		Function<String, SessionManager> managerOf) implements SessionManager {

	@Override
	public Optional<SessionLease> resolve(String sessionId, @Nullable String principal) {
		return this.first.resolve(sessionId, principal);
	}

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		return this.first.find(sessionId);
	}

	@Override
	public SessionAttributes attributes(String sessionId) {
		return this.first.attributes(sessionId);
	}

	@Override
	public SessionPage list(@Nullable String cursor, int limit) {
		return this.first.list(cursor, limit);
	}

	@Override
	public boolean terminate(String sessionId) {
		return this.managerOf.apply(sessionId).terminate(sessionId);
	}

	@Override
	public StorageMode getStorageMode() {
		return this.first.getStorageMode();
	}

}
