package io.github.mcpsession.autoconfigure;

import java.time.Duration;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeSettings;
import io.github.mcpsession.session.SessionLimits;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.stream.StreamSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/**
 * Refuses settings that mean nothing, as soon as they are bound and before anything is
 * made with them.
 */
final class SettingsCheck implements BeanPostProcessor {

	@Override
	public Object postProcessBeforeInitialization(Object bean, String beanName) {
		if (bean instanceof McpSessionProperties properties) {
			notNegative("mcp.session.drain-time", properties.drainTime());
		}
		else if (bean instanceof SessionSettings settings) {
			check(settings);
			check(settings.limits());
		}
		else if (bean instanceof NodeSettings settings) {
			check(settings);
		}
		else if (bean instanceof StreamSettings settings) {
			check(settings);
		}
		return bean;
	}

	private static void check(SessionSettings settings) {
		positive("mcp.session.timeout", settings.timeout());
		positive("mcp.session.unused-timeout", settings.unusedTimeout());
		if (settings.maxAge() != null) {
			positive("mcp.session.max-age", settings.maxAge());
		}
		positive("mcp.session.store-timeout", settings.storeTimeout());
		notNegative("mcp.session.validation-interval", settings.validationInterval());
		positive("mcp.session.local.idle-timeout", settings.local().idleTimeout());
		atLeast(1, "mcp.session.local.max-sessions", settings.local().maxSessions());
		positive("mcp.session.caller-attributes.timeout", settings.callerAttributes().timeout());
		atLeast(0, "mcp.session.caller-attributes.max-attributes", settings.callerAttributes().maxAttributes());
		atLeast(0, "mcp.session.caller-attributes.max-attributes-size",
				settings.callerAttributes().maxAttributesSize());
	}

	private static void check(SessionLimits limits) {
		atLeast(1, "mcp.session.limits.max-initialize-size", limits.maxInitializeSize());
		atLeast(0, "mcp.session.limits.max-attributes", limits.maxAttributes());
		atLeast(0, "mcp.session.limits.max-attributes-size", limits.maxAttributesSize());
		atLeast(0, "mcp.session.limits.max-subscriptions", limits.maxSubscriptions());
		atLeast(1, "mcp.session.limits.max-sessions-per-principal", limits.maxSessionsPerPrincipal());
		atLeast(1, "mcp.session.limits.new-sessions-per-second", limits.newSessionsPerSecond());
	}

	/**
	 * Not before there is a store.
	 */
	static void checkCounting(SessionLimits limits, SessionStore store) {
		if (limits.maxSessionsPerPrincipal() != null
				&& !(store instanceof ListableSessionStore listable && listable.isCounting())) {
			throw new InvalidSessionConfigurationException(
					"'mcp.session.limits.max-sessions-per-principal' is set, but the SessionStore bean cannot count "
							+ "the sessions of a principal.",
					"Have it implement " + ListableSessionStore.class.getName()
							+ " with 'isCounting', or remove the property.",
					null);
		}
	}

	/**
	 * The node time-out may be too short by default: no value that Spring Boot could show
	 * the origin of.
	 */
	private static void check(NodeSettings settings) {
		positive("mcp.session.cluster.heartbeat-interval", settings.heartbeatInterval());
		if (settings.nodeTimeout().compareTo(settings.heartbeatInterval().multipliedBy(2)) < 0) {
			throw new InvalidSessionConfigurationException(
					"The value of 'mcp.session.cluster.node-timeout' must be at least twice that of "
							+ "'mcp.session.cluster.heartbeat-interval'.",
					"Change one of them.", null);
		}
	}

	private static void check(StreamSettings settings) {
		positive("mcp.session.streams.heartbeat-interval", settings.heartbeatInterval());
		atLeast(1, "mcp.session.streams.retention", settings.retention().toMillis(), settings.retention(), "positive");
		atLeast(1, "mcp.session.streams.completed-retention", settings.completedRetention().toMillis(),
				settings.completedRetention(), "positive");
		notNegative("mcp.session.streams.retry", settings.retry());
		atLeast(1, "mcp.session.streams.max-events", settings.maxEvents());
		atLeast(1, "mcp.session.streams.max-size", settings.maxSize());
		atLeast(1, "mcp.session.streams.detachable-threads", settings.detachableThreads());
	}

	private static void positive(String property, Duration value) {
		atLeast(1, property, value.compareTo(Duration.ZERO), value, "positive");
	}

	private static void notNegative(String property, Duration value) {
		atLeast(0, property, value.compareTo(Duration.ZERO), value, "zero or more");
	}

	private static void atLeast(long least, String property, @Nullable Integer value) {
		if (value != null) {
			atLeast(least, property, value, value, least + " or more");
		}
	}

	private static void atLeast(long least, String property, DataSize value) {
		atLeast(least, property, value.toBytes(), value, least + " bytes or more");
	}

	private static void atLeast(long least, String property, long number, Object value, String what) {
		if (number < least) {
			throw new InvalidConfigurationPropertyValueException(property, value, "It must be " + what + ".");
		}
	}

}
