package io.github.mcpsession;

/**
 * To be implemented by a {@link SessionStore} whose backend does not by itself remove the
 * data of expired sessions. Every node calls it at intervals, with jitter.
 *
 * @since 0.1.0
 */
public interface ExpiredSessionCleaner {

	/**
	 * Remove the data of some sessions that have expired.
	 * @param limit how many at the most
	 * @return how many were removed; a call that returns the limit is repeated at once
	 */
	int deleteExpired(int limit);

}
