package io.github.mcpsession.actuate;

import java.util.List;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.metrics.StoreNames;
import io.github.mcpsession.server.ManagedServer;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.server.NodeRuntime;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Tells whether this node can work with the store of the sessions: it answers, can be
 * written, and has this node among its nodes. Where it does not the status is
 * {@code DOWN}, though the node goes on serving the sessions that it holds.
 * <p>
 * Not for the readiness of a node: all nodes lose the store at once, and to take all of
 * them out of the load balancer would end what still works. Nor for its liveness: a
 * restart brings no store back, and loses what the node holds.
 * <p>
 * Makes two calls to the store, each of which takes no longer than
 * {@code mcp.session.store-timeout} and fails at once while the circuit breaker is open.
 * They do not open it. Logs nothing.
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
		if (all.stream().noneMatch(ManagedServer::isConnected)) {
			return unconnected(health);
		}
		NodeRuntime.Check check = this.servers.runtime().check();
		if (check.problem() != null) {
			health.down().withDetail("reason", check.problem());
			return ((check.cause() != null) ? health.withDetail("cause", check.cause()) : health).build();
		}
		return all.stream().allMatch(ManagedServer::isConnected)
				? health.up().withDetail("nodes", check.nodes()).build() : unconnected(health);
	}

	private static Health unconnected(Health.Builder health) {
		return health.withDetail("reason", "no MCP server was built on the transport provider of mcp-session").build();
	}

}
