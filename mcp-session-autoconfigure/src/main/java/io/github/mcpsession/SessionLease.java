package io.github.mcpsession;

/**
 * A session in use by one request. Close it when the request and all that it streams has
 * ended; closing it again does nothing.
 *
 * @since 0.1.0
 * @see SessionManager#resolve
 */
public interface SessionLease extends AutoCloseable {

	/**
	 * The session as it was last read from the store.
	 * @return the record
	 */
	SessionRecord session();

	/**
	 * Whether it was this request for which the session was restored on this node.
	 * @return whether the session was restored
	 */
	boolean isRestored();

	@Override
	void close();

}
