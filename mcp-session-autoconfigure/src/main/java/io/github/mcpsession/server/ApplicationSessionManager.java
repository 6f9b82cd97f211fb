package io.github.mcpsession.server;

import java.util.Optional;
import java.util.function.Function;

import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of an application, whichever of its servers they are of. To end one is for
 * the manager of its server, since only that reaches the nodes that hold it.
 *
 * @param defaultManager the manager of the default server
 * @param managerOf finds the manager of a session by its id
 */
record ApplicationSessionManager(SessionManager defaultManager,
		Function<String, SessionManager> managerOf) implements SessionManager {

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		return this.defaultManager.find(sessionId);
	}

	@Override
	public SessionAttributes attributes(String sessionId) {
		return this.defaultManager.attributes(sessionId);
	}

	@Override
	public SessionPage list(@Nullable String cursor, int limit) {
		return this.defaultManager.list(cursor, limit);
	}

	@Override
	public boolean terminate(String sessionId) {
		return this.managerOf.apply(sessionId).terminate(sessionId);
	}

	@Override
	public StorageMode getStorageMode() {
		return this.defaultManager.getStorageMode();
	}

}
