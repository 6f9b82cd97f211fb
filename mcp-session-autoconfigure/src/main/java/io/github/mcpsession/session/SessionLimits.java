package io.github.mcpsession.session;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import io.github.mcpsession.SessionLimitException;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
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
		int count = after.attributes().size();
		if (count > this.maxAttributes && count > before.attributes().size()) {
			throw new SessionLimitException("A session cannot have more than " + this.maxAttributes
					+ " attributes: 'mcp.session.limits.max-attributes'");
		}
		long size = sizeOf(after.attributes());
		if (size > this.maxAttributesSize.toBytes() && size > sizeOf(before.attributes())) {
			throw new SessionLimitException("The attributes of a session cannot have more than "
					+ this.maxAttributesSize.toBytes() + " bytes in all: 'mcp.session.limits.max-attributes-size'");
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
