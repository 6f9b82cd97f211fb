package io.github.mcpsession.server;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.mcpsession.ManagedTransport;
import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionTransports;
import io.github.mcpsession.session.ServerScope;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;

import org.springframework.context.SmartLifecycle;
import org.springframework.util.Assert;

/**
 * The transports that an application has beside the first: for each a node of its own,
 * with what that needs to run. One thread at a time adds a transport or a listener, so
 * that no listener misses a transport; any thread looks at them meanwhile.
 *
 * @since 0.1.0
 */
public final class ManagedServers implements SessionTransports, AutoCloseable {

	private final ManagedServer first;

	private final String firstEndpoint;

	private final SessionNodeFactory nodes;

	private final Supplier<List<SessionCustomizer>> customizers;

	private final Duration drainTime;

	private final List<Managed> transports = new CopyOnWriteArrayList<>();

	private final List<Consumer<Managed>> listeners = new CopyOnWriteArrayList<>();

	private final LifecycleGroup maintenance = new LifecycleGroup(SessionMaintenance.PHASE);

	private final LifecycleGroup drain = new LifecycleGroup(SessionDrain.PHASE);

	/**
	 * A transport, and the node that has its sessions.
	 *
	 * @param endpoint the path of its endpoint
	 * @param node the node
	 * @param transportProvider what to build the MCP server on
	 */
	public record Managed(String endpoint, ManagedServer node,
			McpStreamableServerTransportProvider transportProvider) implements ManagedTransport {

		@Override
		public SessionManager manager() {
			return this.node.manager();
		}

	}

	/**
	 * Create the transports of an application: none yet.
	 * @param first the node of the first transport
	 * @param firstEndpoint the path of the endpoint of the first transport
	 * @param nodes makes the nodes of the others
	 * @param customizers called for each new session, of whichever transport
	 * @param drainTime for how long to serve on when told to stop
	 */
	public ManagedServers(ManagedServer first, String firstEndpoint, SessionNodeFactory nodes,
			Supplier<List<SessionCustomizer>> customizers, Duration drainTime) {
		this.first = first;
		this.firstEndpoint = firstEndpoint;
		this.nodes = nodes;
		this.customizers = customizers;
		this.drainTime = drainTime;
	}

	@Override
	public synchronized Managed manage(String endpoint, McpStreamableServerTransportProvider transport) {
		String path = endpoint.startsWith("/") ? endpoint : "/" + endpoint;
		Assert.isTrue(
				!path.equals(this.firstEndpoint) && this.transports.stream()
					.noneMatch((other) -> other.node().realm().mark().equals(ServerScope.of(path).mark())),
				() -> "The MCP sessions at " + path + " are managed already");
		Assert.isTrue(
				!(transport instanceof SdkTransportProvider) && transport != this.first.transport()
						&& this.transports.stream().noneMatch((other) -> other.node().transport() == transport),
				() -> "The MCP sessions of this transport are managed already, so it cannot serve " + path + " too");
		ManagedServer node = this.nodes.create(path, transport);
		Managed managed = new Managed(path, node, node.transportProvider(this.customizers.get()));
		this.transports.add(managed);
		this.listeners.forEach((listener) -> listener.accept(managed));
		this.maintenance.add(new SessionMaintenance(node, List.of(), Duration.ZERO));
		this.drain.add(new SessionDrain(node, this.drainTime));
		return managed;
	}

	/**
	 * The transports that are managed now, without the first.
	 * @return the transports
	 */
	public List<Managed> all() {
		return List.copyOf(this.transports);
	}

	/**
	 * The nodes of all transports that are managed now.
	 * @return the nodes, that of the first transport first
	 */
	public List<ManagedServer> nodes() {
		return Stream.concat(Stream.of(this.first), this.transports.stream().map(Managed::node)).toList();
	}

	/**
	 * Be told of each transport, of those that are managed already at once.
	 * @param listener is told
	 */
	public synchronized void onManaged(Consumer<Managed> listener) {
		this.transports.forEach(listener);
		this.listeners.add(listener);
	}

	/**
	 * Whether the sessions of a transport are managed.
	 * @param transport the transport, or what an MCP server is built on in its place
	 * @return whether it is one of these or the first
	 */
	public boolean isManaged(McpStreamableServerTransportProvider transport) {
		return transport instanceof SdkTransportProvider || transport == this.first.transport()
				|| this.transports.stream().anyMatch((managed) -> managed.node().transport() == transport);
	}

	/**
	 * The manager of all sessions. It resolves those of the first transport only.
	 * @return the manager
	 */
	public SessionManager manager() {
		return new ApplicationSessionManager(this.first.manager(), this::managerOf);
	}

	private SessionManager managerOf(String sessionId) {
		return this.transports.stream()
			.filter((managed) -> managed.node().realm().hasId(sessionId))
			.map(Managed::manager)
			.findFirst()
			.orElse(this.first.manager());
	}

	/**
	 * Starts and stops the maintenance of all nodes but the first.
	 * @return the lifecycle
	 * @see SessionMaintenance
	 */
	public SmartLifecycle maintenance() {
		return this.maintenance;
	}

	/**
	 * Drains all nodes but the first.
	 * @return the lifecycle
	 * @see SessionDrain
	 */
	public SmartLifecycle drain() {
		return this.drain;
	}

	@Override
	public void close() {
		this.transports.forEach((managed) -> managed.node().close());
	}

}
