package io.github.mcpsession.session;

import java.time.Duration;
import java.time.Instant;

import io.github.mcpsession.SessionManager.StorageMode;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

/**
 * How sessions are handled on this node.
 *
 * @param storageMode where sessions are kept
 * @param timeout how long a session lives unless it is used
 * @param maxAge how long a session lives at the most, {@code null} for any time
 * @param validationInterval how long to believe that a session which this node holds
 * still exists
 * @param principalBinding whether a session is only for the principal that initialized it
 * @param storeTimeout how long to wait for the store
 * @param maxLocalSessions how many sessions this node holds at the most, not counting
 * those in use
 * @param localIdleTimeout when to drop a copy that is not used
 * @param limits how large sessions may become
 * @since 0.1.0
 */
public record SessionSettings(StorageMode storageMode, Duration timeout, @Nullable Duration maxAge,
		Duration validationInterval, boolean principalBinding, Duration storeTimeout, int maxLocalSessions,
		Duration localIdleTimeout, SessionLimits limits) {

	/**
	 * How long a new session lives unless it is used.
	 */
	public Duration initialLife() {
		return (this.maxAge != null && this.maxAge.compareTo(this.timeout) < 0) ? this.maxAge : this.timeout;
	}

	/**
	 * How long a session lives from now unless it is used: never beyond its greatest age,
	 * so that the store ends it by itself.
	 * @return how long; zero or less if it is too old
	 */
	public Duration remainingLife(SessionRecord session) {
		if (this.maxAge == null) {
			return this.timeout;
		}
		Duration remaining = this.maxAge.minus(age(session));
		return (remaining.compareTo(this.timeout) < 0) ? remaining : this.timeout;
	}

	public boolean isTooOld(SessionRecord session) {
		return this.maxAge != null && age(session).compareTo(this.maxAge) >= 0;
	}

	/**
	 * Both times of the record are by the clock of the store. So by whatever the clock of
	 * this node is behind, a session that is used lives longer by the time between two
	 * pushes of its idle timer at the most.
	 */
	private static Duration age(SessionRecord session) {
		Instant now = Instant.now();
		return Duration.between(session.createdAt(),
				now.isBefore(session.lastAccessedAt()) ? session.lastAccessedAt() : now);
	}

}
