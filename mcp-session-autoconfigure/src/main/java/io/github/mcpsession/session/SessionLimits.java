package io.github.mcpsession.session;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

import io.github.mcpsession.SessionLimitException;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.unit.DataSize;

/**
 * Limits for clients and tools.
 *
 * @param maxInitializeSize Maximum size of the parameters of an initialize request, as
 * JSON. A larger one is rejected.
 * @param maxAttributes Maximum number of attributes of a session.
 * @param maxAttributesSize Maximum size of all attributes of a session, names and values
 * as JSON.
 * @param maxSubscriptions Maximum number of resources that a session may be subscribed
 * to.
 * @param maxSessionsPerPrincipal Maximum number of sessions of an authenticated principal
 * at once, in the whole cluster. By default there is no limit.
 * @param newSessionsPerSecond Maximum number of sessions initialized per second on this
 * node. By default there is no limit.
 */
public record SessionLimits(@DefaultValue("1MB") DataSize maxInitializeSize, @DefaultValue("100") int maxAttributes,
		@DefaultValue("256KB") DataSize maxAttributesSize, @DefaultValue("1000") int maxSubscriptions,
		@Nullable Integer maxSessionsPerPrincipal, @Nullable Integer newSessionsPerSecond) {

	/**
	 * Check a change of attributes. What a session has beyond its limits already may
	 * stay, and become less.
	 * @param before the session before the change
	 * @param after the session after the change
	 * @return the session after the change
	 * @throws SessionLimitException if there are too many
	 */
	public SessionRecord check(SessionRecord before, SessionRecord after) {
		return check(before, after, this.maxAttributes, this.maxAttributesSize, "session", "limits.max-attributes");
	}

	private static SessionRecord check(SessionRecord before, SessionRecord after, int maxCount, DataSize maxSize,
			String owner, String property) {
		int count = after.attributes().size();
		if (count > maxCount && count > before.attributes().size()) {
			throw new SessionLimitException(
					"A %s cannot have more than %d attributes: 'mcp.session.%s'".formatted(owner, maxCount, property));
		}
		long size = sizeOf(after.attributes());
		if (size > maxSize.toBytes() && size > sizeOf(before.attributes())) {
			throw new SessionLimitException(
					"The attributes of a %s cannot have more than %d bytes in all: 'mcp.session.%s-size'"
						.formatted(owner, maxSize.toBytes(), property));
		}
		return after;
	}

	private static long sizeOf(Map<String, String> attributes) {
		return attributes.entrySet()
			.stream()
			.mapToLong((attribute) -> sizeOf(attribute.getKey()) + sizeOf(attribute.getValue()))
			.sum();
	}

	private static long sizeOf(String text) {
		return text.getBytes(StandardCharsets.UTF_8).length;
	}

	/**
	 * The same for what is kept for a caller, and how long that is kept.
	 *
	 * @param timeout How long the attributes of a caller are kept that are neither read
	 * nor written. If it is negative, for ever.
	 * @param maxAttributes Maximum number of attributes of a caller.
	 * @param maxAttributesSize Maximum size of all attributes of a caller, names and
	 * values as JSON.
	 */
	public record Callers(@DefaultValue("30d") @DurationUnit(ChronoUnit.SECONDS) Duration timeout,
			@DefaultValue("100") int maxAttributes, @DefaultValue("256KB") DataSize maxAttributesSize) {

		private static final Duration MAX_TOUCH_INTERVAL = Duration.ofHours(1);

		public Callers {
			timeout = SessionSettings.orForEver(timeout);
		}

		/**
		 * Check a change of attributes.
		 * @param before the record before the change
		 * @param after the record after the change
		 * @return the record after the change
		 * @throws SessionLimitException if there are too many
		 */
		public SessionRecord check(SessionRecord before, SessionRecord after) {
			return SessionLimits.check(before, after, this.maxAttributes, this.maxAttributesSize, "caller",
					"caller-attributes.max-attributes");
		}

		/**
		 * Whether it is time to note that attributes are used: once in a while, as of
		 * sessions. One that was just made has no time yet.
		 */
		boolean isTouchDue(SessionRecord record) {
			Duration tenth = this.timeout.dividedBy(10);
			Duration interval = (tenth.compareTo(MAX_TOUCH_INTERVAL) < 0) ? tenth : MAX_TOUCH_INTERVAL;
			return !record.lastAccessedAt().equals(Instant.EPOCH)
					&& !record.lastAccessedAt().plus(interval).isAfter(Instant.now());
		}

	}

}
