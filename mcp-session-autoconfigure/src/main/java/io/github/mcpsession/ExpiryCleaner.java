package io.github.mcpsession;

/**
 * To be implemented by a {@link SessionStore} or an event log whose backend does not
 * remove expired data by itself. Every node calls it at intervals, with jitter.
 *
 * @since 0.1.0
 */
public interface ExpiryCleaner {

	/**
	 * Remove some expired data.
	 * @param limit maximum number of entries to remove
	 * @return how many were removed; a call that returns the limit is repeated at once
	 */
	int deleteExpired(int limit);

}
