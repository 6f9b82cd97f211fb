package io.github.mcpsession.server;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.support.RetryQueue;

/**
 * Sessions that the store may have though their clients were told that they do not exist:
 * the store gave no answer in time, and may yet do what it was asked. They would count
 * among those of their principal until they expire. If this node ends before, they do.
 * <p>
 * Thread-safe: any thread deletes one; the maintenance thread tries again.
 */
final class AbandonedSessions {

	private final RetryQueue<String> ids = new RetryQueue<>();

	private final SessionStore store;

	AbandonedSessions(SessionStore store) {
		this.store = store;
	}

	/**
	 * Delete one, now or when the store gives answers again; not if too many wait for
	 * that.
	 */
	void delete(String sessionId) {
		try {
			this.store.delete(sessionId);
		}
		catch (SessionStoreException ex) {
			this.ids.add(sessionId);
		}
	}

	/**
	 * Delete those that are left, as far as the store gives answers.
	 */
	void deleteAgain() {
		this.ids.retry(this.store::delete);
	}

}
