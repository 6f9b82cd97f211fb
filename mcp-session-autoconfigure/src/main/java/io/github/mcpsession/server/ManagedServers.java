package io.github.mcpsession.server;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionTransports;
import io.github.mcpsession.session.ServerScope;
import io.github.mcpsession.session.StoredAttributes;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.jspecify.annotations.Nullable;

import org.springframework.http.server.PathContainer;
import org.springframework.util.Assert;

/**
 * The MCP servers of an application, the default one among them, on one node, and the
 * manager of the sessions of all of them. Servers are added one at a time, also while
 * requests are served; any thread reads.
 */
public final class ManagedServers implements SessionTransports, SessionManager {

	private final NodeRuntime runtime;

	private final Supplier<List<SessionCustomizer>> customizers;

	private final ManagedServer defaultServer;

	private final List<ManagedServer> servers = new CopyOnWriteArrayList<>();

	private volatile boolean joined;

	private volatile boolean draining;

	/**
	 * Create the servers of an application: the default one only, so far.
	 * @param runtime what they share
	 * @param endpoint the path of the endpoint of the default server; may be a pattern
	 * @param transport the transport of the default server
	 * @param customizers called for each new session, of whichever server
	 */
	public ManagedServers(NodeRuntime runtime, String endpoint, McpStreamableServerTransportProvider transport,
			Supplier<List<SessionCustomizer>> customizers) {
		this.runtime = runtime;
		this.customizers = customizers;
		this.defaultServer = new ManagedServer(endpoint, ServerScope.DEFAULT, transport, runtime, customizers);
		this.servers.add(this.defaultServer);
	}

	@Override
	public synchronized McpStreamableServerTransportProvider manage(String endpoint,
			McpStreamableServerTransportProvider transport) {
		String path = endpoint.startsWith("/") ? endpoint : "/" + endpoint;
		ServerScope scope = ServerScope.of(path);
		Assert.isTrue(
				this.servers.stream()
					.noneMatch((other) -> other.endpoint().equals(path) || other.scope().mark().equals(scope.mark())),
				() -> "The MCP sessions at " + path + " are already managed");
		Assert.isTrue(!isManaged(transport),
				() -> "The MCP sessions of this transport are already managed, so it cannot serve " + path + " too");
		ManagedServer server = new ManagedServer(path, scope, transport, this.runtime, this.customizers);
		this.servers.add(server);
		server.drain(this.draining);
		if (this.joined) {
			server.hello();
		}
		return server.transportProvider();
	}

	/**
	 * The server that needs nothing to be managed: in most applications, the only one.
	 * @return the server
	 */
	public ManagedServer defaultServer() {
		return this.defaultServer;
	}

	/**
	 * The servers that are managed now.
	 * @return the servers, the default one first
	 */
	public List<ManagedServer> all() {
		return List.copyOf(this.servers);
	}

	/**
	 * Find the server that a request is for: the default one only if it is for no other,
	 * since its endpoint may be a pattern that matches those of others.
	 * @param path the path of the request within the application
	 * @return the server, {@code null} if there is none
	 */
	public @Nullable ManagedServer find(PathContainer path) {
		return find((server) -> server.paths().matches(path));
	}

	/**
	 * Find a server that a request may be for, though it is at the endpoint of none.
	 * @param path the path of the request within the application
	 * @param sessionId the session that it names, if it names one
	 * @return the server, {@code null} if there is none
	 */
	public @Nullable ManagedServer guess(PathContainer path, @Nullable String sessionId) {
		return find(
				(server) -> server.paths().mayMatch(path) && (sessionId == null || server.scope().hasId(sessionId)));
	}

	private @Nullable ManagedServer find(Predicate<ManagedServer> wanted) {
		for (ManagedServer server : this.servers) {
			if (server != this.defaultServer && wanted.test(server)) {
				return server;
			}
		}
		return wanted.test(this.defaultServer) ? this.defaultServer : null;
	}

	/**
	 * Whether the sessions of a transport are managed.
	 * @param transport the transport, or what an MCP server is built on in its place
	 * @return whether they are
	 */
	public boolean isManaged(McpStreamableServerTransportProvider transport) {
		return transport instanceof SdkTransportProvider
				|| this.servers.stream().anyMatch((server) -> server.transport() == transport);
	}

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		return this.defaultServer.manager().find(sessionId);
	}

	@Override
	public SessionAttributes attributes(String sessionId) {
		return this.defaultServer.manager().attributes(sessionId);
	}

	@Override
	public SessionAttributes callerAttributes(String caller) {
		return StoredAttributes.ofCaller(caller, this.runtime.store(), this.runtime.updater(), this.runtime.mapper(),
				this.runtime.settings().callerAttributes(), this.runtime.background());
	}

	@Override
	public SessionPage list(@Nullable String cursor, int limit) {
		return this.defaultServer.manager().list(cursor, limit);
	}

	/**
	 * For the server of the session, since only that evicts it on all nodes.
	 */
	@Override
	public boolean terminate(String sessionId) {
		return this.servers.stream()
			.filter((server) -> server.scope().hasId(sessionId))
			.anyMatch((server) -> server.manager().terminate(sessionId));
	}

	/**
	 * A session has expired, and this is the node to say so.
	 */
	void expired(String sessionId) {
		this.servers.stream()
			.filter((server) -> server.scope().hasId(sessionId))
			.findFirst()
			.orElse(this.defaultServer)
			.manager()
			.expired(sessionId);
	}

	@Override
	public StorageMode getStorageMode() {
		return this.runtime.storageMode();
	}

	/**
	 * What the servers share.
	 * @return the runtime
	 */
	public NodeRuntime runtime() {
		return this.runtime;
	}

	/**
	 * A request named a protocol version newer than those of its server, and is served
	 * nevertheless.
	 */
	public void servesNewerVersion() {
		this.runtime.metrics().newerVersion();
	}

	/**
	 * Join the cluster.
	 */
	void join() {
		this.runtime.join();
		this.joined = true;
		this.servers.forEach(ManagedServer::hello);
	}

	void leave() {
		this.joined = false;
		this.runtime.leave();
	}

	/**
	 * Whether this node is about to stop, and clients had better go elsewhere.
	 * @return whether it is
	 */
	public boolean isDraining() {
		return this.draining;
	}

	void drain(boolean draining) {
		this.draining = draining;
		this.servers.forEach((server) -> server.drain(draining));
	}

	boolean hasDetachedCalls() {
		return this.servers.stream().anyMatch(ManagedServer::hasDetachedCalls);
	}

}
