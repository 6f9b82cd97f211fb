package io.github.mcpsession.actuate;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.server.SessionNode;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Tells whether the store of the sessions gives an answer. Where it does not the status
 * is {@code DOWN}, though the node goes on serving the sessions that it holds.
 * <p>
 * Not for the readiness of a node: all nodes lose the store at once, and to take all of
 * them out of the load balancer would end what still works. Nor for its liveness: a
 * restart brings no store back, and loses what the node holds.
 * <p>
 * Makes one call to the store, that takes no longer than
 * {@code mcp.session.store-timeout} and fails at once while the store is known to be
 * away. Logs nothing.
 *
 * @since 0.1.0
 */
public final class McpSessionHealthIndicator implements HealthIndicator {

	private final SessionNode node;

	private final String store;

	/**
	 * Create an indicator.
	 * @param node the node
	 * @param store its store, of which the name is shown
	 */
	public McpSessionHealthIndicator(SessionNode node, SessionStore store) {
		this.node = node;
		this.store = StoreNames.of(store);
	}

	@Override
	public Health health() {
		Health.Builder health = Health.unknown()
			.withDetail("store", this.store)
			.withDetail("node", this.node.name())
			.withDetail("sessions", this.node.activeSessions());
		if (!this.node.isConnected()) {
			return health.withDetail("reason", "no MCP server was built on the transport provider of mcp-session")
				.build();
		}
		try {
			return health.up().withDetail("nodes", this.node.check()).build();
		}
		catch (RuntimeException ex) {
			return health.down().withDetail("reason", "store unreachable, serving local sessions only").build();
		}
	}

}
