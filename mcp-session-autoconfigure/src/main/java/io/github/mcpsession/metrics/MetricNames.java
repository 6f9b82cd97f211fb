package io.github.mcpsession.metrics;

import java.util.Locale;

/**
 * The names of meters and observations, and of their tags.
 */
public final class MetricNames {

	public static final String ACTIVE = "mcp.session.active";

	/**
	 * Not "created", which Prometheus keeps for itself as the end of a name and cuts off.
	 */
	static final String INITIALIZED = "mcp.session.initialized";

	static final String TERMINATED = "mcp.session.terminated";

	static final String RESTORE = "mcp.session.restore";

	static final String STORE = "mcp.session.store";

	public static final String BREAKER = "mcp.session.store.breaker";

	static final String REPLIES = "mcp.session.replies";

	static final String NOTIFICATIONS = "mcp.session.notifications";

	static final String EVENTS = "mcp.session.events";

	static final String NEWER_VERSION = "mcp.session.newer.version";

	public static final String STREAMS = "mcp.session.streams";

	private MetricNames() {
	}

	public static String tag(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
