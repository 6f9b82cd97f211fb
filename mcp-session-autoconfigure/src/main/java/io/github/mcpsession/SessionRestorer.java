package io.github.mcpsession;

import java.util.Optional;

/**
 * Brings back a session that this node does not hold. Declare a bean of this type to
 * change what happens then: to refuse some sessions, to count, or to adopt sessions from
 * elsewhere by {@linkplain SessionStore#create creating} them in the store. By default
 * the session is read from the store.
 * <p>
 * Called once per session however many requests wait for it, by one of their threads.
 * Whether the caller is the session's principal is checked afterwards, on what is
 * returned.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface SessionRestorer {

	/**
	 * Bring back a session.
	 * @param sessionId the session id that a client sent
	 * @param store the store, guarded against slow answers
	 * @return the session, which must be in the store, or empty to answer 404
	 * @throws SessionStoreException if the store cannot be asked, which is answered by
	 * 503
	 */
	Optional<SessionRecord> restore(String sessionId, SessionStore store);

}
