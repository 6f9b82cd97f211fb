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
 * Makes one call to the store, which takes no longer than
 * {@code mcp.session.store-timeout} and fails at once while the circuit breaker is open.
 * Logs nothing.
 */
public final class McpSessionHealthIndicator implements HealthIndicator {

	private final ManagedServers servers;

	private final String store;

	/**
	 * Create an indicator.
	 * @param servers the MCP servers of the application
	 * @param store their store, of which the name is shown
	 */
	public McpSessionHealthIndicator(ManagedServers servers, SessionStore store) {
		this.servers = servers;
		this.store = StoreNames.of(store);
	}

	@Override
	public Health health() {
		List<ManagedServer> all = this.servers.all();
		Health.Builder health = Health.unknown()
			.withDetail("store", this.store)
			.withDetail("node", this.servers.runtime().nodeName())
			.withDetail("sessions", all.stream().mapToInt(ManagedServer::activeSessions).sum());
		try {
			int nodes = all.stream().anyMatch(ManagedServer::isConnected) ? this.servers.runtime().check() : 0;
			if (all.stream().allMatch(ManagedServer::isConnected)) {
				return health.up().withDetail("nodes", nodes).build();
			}
			return health.withDetail("reason", "no MCP server was built on the transport provider of mcp-session")
				.build();
		}
		catch (RuntimeException ex) {
			return health.down().withDetail("reason", "store unreachable, serving local sessions only").build();
		}
	}

}
