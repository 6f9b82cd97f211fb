package io.github.mcpsession;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Keeps sessions. Declare a bean of this type to replace the store that
 * {@code mcp.session.store} would choose.
 * <p>
 * Every node of a cluster has its own instance over the same data. Implementations must
 * be thread-safe, and each method must be one atomic step as seen by all nodes. A session
 * whose idle timeout has elapsed, by the clock of the store and not of the node, has
 * expired: no method may find it, change it or revive it, even if its data is still
 * there.
 * <p>
 * A method that cannot reach the data throws any unchecked exception; that is never the
 * same as "not found", after which a client discards its session. Calls are made on
 * threads of this library, must return within {@code mcp.session.store-timeout}, and are
 * interrupted after that.
 * <p>
 * What is kept for a caller ({@link SessionManager#callerAttributes(String)}) is to a
 * store a session like any other, without a principal and with an id that begins with a
 * tilde.
 *
 * @since 0.1.0
 * @see SessionRecord
 * @see SessionRecordCodec
 */
public interface SessionStore {

	/**
	 * Save a session for the first time, at version 1.
	 * @param session the session to save
	 * @param idleTimeout how long it lives unless it is {@linkplain #touch extended}
	 * @return {@code false}, and nothing changed, if a live session has this id already
	 */
	boolean create(SessionRecord session, Duration idleTimeout);

	/**
	 * Read a session. Does not extend it.
	 * @param sessionId the session id; any 1 to 256 visible ASCII characters that some
	 * client sent
	 * @return the session, or empty if there is none, it has expired or its data cannot
	 * be read (which is logged)
	 */
	Optional<SessionRecord> find(String sessionId);

	/**
	 * Read the version of a session only. Does not extend it. Called for each request of
	 * a session that this node holds, so it should be cheap; by default it reads the
	 * session.
	 * @param sessionId the session id
	 * @return the version, or empty if there is no such session or it has expired
	 */
	default Optional<Version> findVersion(String sessionId) {
		return find(sessionId).map((session) -> new Version(session.version(), session.lastAccessedAt()));
	}

	/**
	 * Replace a session by a changed record, if it is still at the version that the
	 * record was read with; increments the version. Leaves the idle timeout as it is.
	 * @param session the changed record, with the version that it was read with
	 * @return {@code false}, and nothing changed, if the session does not exist any more
	 * or was changed concurrently
	 */
	boolean replace(SessionRecord session);

	/**
	 * Extend a session: reset its idle timeout.
	 * @param sessionId the session id
	 * @param idleTimeout how long it lives from now
	 * @return {@code false} if the session does not exist any more
	 */
	boolean touch(String sessionId, Duration idleTimeout);

	/**
	 * Delete a session and all that is stored with it.
	 * @param sessionId the session id
	 * @return {@code false} if there was no live session with this id
	 */
	boolean delete(String sessionId);

	/**
	 * Take sessions that have expired, and remove what is left of them. Each is returned
	 * once, to one of the nodes. Called every few seconds; by default nothing is
	 * returned, and {@link SessionTerminatedEvent} not published for sessions that
	 * expire.
	 * @param limit how many sessions to take at most
	 * @return their ids; a call that returns some is repeated at once
	 */
	default List<String> takeExpired(int limit) {
		return List.of();
	}

	/**
	 * What tells whether a session is still as it was read.
	 *
	 * @param number the version of its record
	 * @param lastAccessedAt when its idle timeout was last reset, by the store's clock
	 */
	record Version(long number, Instant lastAccessedAt) {
	}

}
