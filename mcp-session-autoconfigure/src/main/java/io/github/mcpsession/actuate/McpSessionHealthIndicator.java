package io.github.mcpsession.actuate;

import java.util.List;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.metrics.StoreNames;
import io.github.mcpsession.server.ManagedServer;
import io.github.mcpsession.server.ManagedServers;

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
 * Makes one call to the store for each MCP server of the application, one after the
 * other, up to the first that fails: each server finds out by itself whether the store is
 * away. A call takes no longer than {@code mcp.session.store-timeout} and fails at once
 * while the store is known to be away. Logs nothing.
 *
 * @since 0.1.0
 */
public final class McpSessionHealthIndicator implements HealthIndicator {

	private final ManagedServers transports;

	private final String store;

	/**
	 * Create an indicator.
	 * @param transports have the nodes
	 * @param store their store, of which the name is shown
	 */
	public McpSessionHealthIndicator(ManagedServers transports, SessionStore store) {
		this.transports = transports;
		this.store = StoreNames.of(store);
	}

	@Override
	public Health health() {
		List<ManagedServer> nodes = this.transports.nodes();
		Health.Builder health = Health.unknown()
			.withDetail("store", this.store)
			.withDetail("node", nodes.get(0).name())
			.withDetail("sessions", nodes.stream().mapToInt(ManagedServer::activeSessions).sum());
		try {
			int alive = nodes.stream()
				.filter(ManagedServer::isConnected)
				.mapToInt(ManagedServer::check)
				.max()
				.orElse(0);
			if (nodes.stream().allMatch(ManagedServer::isConnected)) {
				return health.up().withDetail("nodes", alive).build();
			}
			return health.withDetail("reason", "no MCP server was built on the transport provider of mcp-session")
				.build();
		}
		catch (RuntimeException ex) {
			return health.down().withDetail("reason", "store unreachable, serving local sessions only").build();
		}
	}

}
