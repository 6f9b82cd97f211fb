package io.github.mcpsession.session;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import io.github.mcpsession.SessionLimitException;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

/**
 * How large sessions may become, and how many of them there may be.
 *
 * @param maxInitializeSize how many bytes of JSON the parameters of {@code initialize}
 * may be
 * @param maxAttributes how many attributes a session may have
 * @param maxAttributesSize how many bytes the attributes of a session may be, names and
 * values
 * @param maxSubscriptions how many resources a session may be subscribed to
 * @param maxSessionsPerPrincipal how many sessions a principal may have at once in the
 * whole cluster, {@code null} for any number
 * @param newSessionsPerSecond how many sessions may be initialized per second on this
 * node, {@code null} for any number
 * @since 0.1.0
 */
public record SessionLimits(long maxInitializeSize, int maxAttributes, long maxAttributesSize, int maxSubscriptions,
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
		int count = after.attributes().size();
		if (count > this.maxAttributes && count > before.attributes().size()) {
			throw new SessionLimitException("A session cannot have more than " + this.maxAttributes
					+ " attributes: 'mcp.session.limits.max-attributes'");
		}
		long size = sizeOf(after.attributes());
		if (size > this.maxAttributesSize && size > sizeOf(before.attributes())) {
			throw new SessionLimitException("The attributes of a session cannot have more than "
					+ this.maxAttributesSize + " bytes in all: 'mcp.session.limits.max-attributes-size'");
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

}
