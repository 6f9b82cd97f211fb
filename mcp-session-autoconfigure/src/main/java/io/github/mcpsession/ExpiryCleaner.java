package io.github.mcpsession;

/**
 * To be implemented by a {@link SessionStore} or an event log whose backend does not by
 * itself remove the data of what has expired. Every node calls it at intervals, with
 * jitter.
 *
 * @since 0.1.0
 */
public interface ExpiryCleaner {

	/**
	 * Remove some of what has expired.
	 * @param limit how many entries at the most
	 * @return how many were removed; a call that returns the limit is repeated at once
	 */
	int deleteExpired(int limit);

}
