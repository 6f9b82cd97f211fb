package io.github.mcpsession.session;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import io.github.mcpsession.SessionLimitException;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What clients and tools cannot exceed.
 *
 * @param maxInitializeSize How large the parameters of an initialize request may be, as
 * JSON. A larger one is refused.
 * @param maxAttributes How many attributes a session may have.
 * @param maxAttributesSize How large the attributes of a session may be in all, names and
 * values as JSON.
 * @param maxSubscriptions How many resources a session may be subscribed to.
 * @param maxSessionsPerPrincipal How many sessions an authenticated principal may have at
 * once, in the whole cluster. By default, any number.
 * @param newSessionsPerSecond How many sessions may be initialized per second on this
 * node. By default, any number.
 */
public record SessionLimits(@DefaultValue("64KB") DataSize maxInitializeSize, @DefaultValue("100") int maxAttributes,
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
