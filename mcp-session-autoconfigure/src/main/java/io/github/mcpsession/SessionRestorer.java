package io.github.mcpsession;

import java.util.Optional;

/**
 * Restores a session that this node does not hold. Declare a bean of this type to change
 * what happens then: to reject some sessions, to count, or to adopt sessions from
 * elsewhere by {@linkplain SessionStore#create creating} them in the store. By default
 * the session is read from the store.
 * <p>
 * Called once per session, however many requests wait for it, on the thread of one of
 * them. Whether the caller is the session's principal is checked afterwards, on what is
 * returned.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface SessionRestorer {

	/**
	 * Restore a session.
	 * @param sessionId the session id that a client sent
	 * @param store the store, with its timeout and circuit breaker
	 * @return the session, which must be in the store, or empty to answer 404
	 * @throws SessionStoreException if the store is unavailable, which is answered by 503
	 */
	Optional<SessionRecord> restore(String sessionId, SessionStore store);

}
