package io.github.mcpsession.session;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * How sessions are handled on this node.
 *
 * @param timeout Idle timeout of a session: how long it lives without being used. If it
 * is negative, for ever.
 * @param unusedTimeout How long a session lives that was not used since it was
 * initialized.
 * @param maxAge Maximum age of a session, however much it is used. By default there is no
 * limit.
 * @param validationInterval How long a locally held session is served before it is
 * checked against the store again. By default, it is checked at each request.
 * @param principalBinding Whether a session is only for the principal that initialized
 * it.
 * @param storeTimeout How long to wait for the store.
 * @param local what this node holds of sessions
 * @param limits what clients and tools cannot exceed
 * @param callerAttributes attributes of callers
 */
@ConfigurationProperties("mcp.session")
public record SessionSettings(@DefaultValue("24h") @DurationUnit(ChronoUnit.SECONDS) Duration timeout,
		@DefaultValue("10m") @DurationUnit(ChronoUnit.SECONDS) Duration unusedTimeout,
		@DurationUnit(ChronoUnit.SECONDS) @Nullable Duration maxAge,
		@DefaultValue("0s") @DurationUnit(ChronoUnit.SECONDS) Duration validationInterval,
		@DefaultValue("true") boolean principalBinding,
		@DefaultValue("1500ms") @DurationUnit(ChronoUnit.SECONDS) Duration storeTimeout, @DefaultValue Local local,
		@DefaultValue @NestedConfigurationProperty SessionLimits limits,
		@DefaultValue @NestedConfigurationProperty SessionLimits.Callers callerAttributes) {

	/**
	 * Longer than any session lives, and short enough to be added to any time.
	 */
	private static final Duration FOR_EVER = Duration.ofDays(100 * 365);

	public SessionSettings {
		timeout = orForEver(timeout);
	}

	static Duration orForEver(Duration timeout) {
		return timeout.isNegative() ? FOR_EVER : timeout;
	}

	/**
	 * Sessions that this node holds.
	 *
	 * @param maxSessions Maximum number of sessions that this node holds; those idle for
	 * longest are evicted first, and restored when needed. Sessions in use are never
	 * evicted.
	 * @param idleTimeout Time without use after which this node evicts a session. The
	 * session lives on in the store.
	 */
	public record Local(@DefaultValue("10000") int maxSessions,
			@DefaultValue("5m") @DurationUnit(ChronoUnit.SECONDS) Duration idleTimeout) {
	}

	/**
	 * How long a new session lives unless it is used.
	 */
	public Duration initialLife() {
		Duration life = (this.unusedTimeout.compareTo(this.timeout) < 0) ? this.unusedTimeout : this.timeout;
		return (this.maxAge != null && this.maxAge.compareTo(life) < 0) ? this.maxAge : life;
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
	 * resets of its idle timeout at most.
	 */
	private static Duration age(SessionRecord session) {
		Instant now = Instant.now();
		return Duration.between(session.createdAt(),
				now.isBefore(session.lastAccessedAt()) ? session.lastAccessedAt() : now);
	}

}
