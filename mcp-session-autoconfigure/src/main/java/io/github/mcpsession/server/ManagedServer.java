package io.github.mcpsession.server;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.server.SdkInternals.SessionParts;
import io.github.mcpsession.session.Broadcasts;
import io.github.mcpsession.session.HeldSessions;
import io.github.mcpsession.session.IdleTimeouts;
import io.github.mcpsession.session.ListenerRouter;
import io.github.mcpsession.session.ListeningClaims;
import io.github.mcpsession.session.LocalSessions;
import io.github.mcpsession.session.OpenStreams;
import io.github.mcpsession.session.ReplyRouter;
import io.github.mcpsession.session.ServerScope;
import io.github.mcpsession.session.SessionResolver;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.session.SessionUpdater;
import io.github.mcpsession.session.SharedState;
import io.github.mcpsession.session.StoredSessionManager;
import io.github.mcpsession.stream.NodeStreams;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import jakarta.servlet.Servlet;
import org.jspecify.annotations.Nullable;

/**
 * One MCP server whose sessions are kept: its endpoint, its transport, and the sessions
 * that this node holds of it. Constructed with the transport, then {@linkplain #connect
 * connected} when the MCP server that is built on the transport hands over its session
 * factory.
 */
public final class ManagedServer {

	private final Endpoint endpoint;

	private final ServerScope scope;

	private final McpStreamableServerTransportProvider transport;

	private final SdkTransportProvider transportProvider;

	private final NodeRuntime runtime;

	private final LocalSessions local;

	private final HeldSessions held;

	private final StoredSessionManager manager;

	private final IdleTimeouts timeouts;

	private final SessionResolver resolver;

	private final @Nullable NodeStreams streams;

	private final ReplyRouter replies;

	private final ListenerRouter listeners;

	private final ListeningClaims claims;

	private final Broadcasts broadcasts;

	private final SharedState state;

	private final SdkHandlers.Offers offers;

	private volatile @Nullable SessionFactory sessions;

	private interface SessionFactory {

		SdkSession create(String sessionId, McpSchema.InitializeRequest initializeRequest);

	}

	/**
	 * Create a server.
	 * @param endpoint the path of its endpoint within the application; may be a pattern
	 * @param scope what tells its sessions from those of the other servers
	 * @param transport the transport that serves its clients
	 * @param runtime what it shares with the other servers
	 * @param customizers called for each new session
	 * @throws UnsupportedSdkException if the transport is not built as expected
	 */
	ManagedServer(String endpoint, ServerScope scope, McpStreamableServerTransportProvider transport,
			NodeRuntime runtime, Supplier<List<SessionCustomizer>> customizers) {
		this.endpoint = new Endpoint(endpoint, SdkInternals.endpointOf(transport));
		this.scope = scope;
		this.transport = transport;
		this.transportProvider = new SdkTransportProvider(this, customizers);
		this.runtime = runtime;
		Node node = runtime.node();
		SessionStore store = runtime.store();
		SessionUpdater updater = runtime.updater();
		SessionMetrics metrics = runtime.metrics();
		this.local = new LocalSessions(new SdkTransportProvider.Sessions(SdkInternals.sessionsOf(transport)),
				runtime.settings().local().maxSessions());
		this.manager = new StoredSessionManager(scope, runtime.settings().limits(), store, updater, this.local, node,
				runtime.events(), runtime.mapper());
		this.timeouts = new IdleTimeouts(runtime.settings(), store, this.local, this.manager, runtime.background());
		this.resolver = new SessionResolver(scope, runtime.settings(), store, runtime.restorer(), this::restore,
				this.local, this.manager, this.timeouts, runtime.events(), metrics);
		this.streams = runtime.streamSettings().resumable() ? new NodeStreams(scope.eventLog(runtime.eventLog()),
				runtime.streamSettings(), node, scope.mark(), runtime.background(),
				SdkInternals.jsonMapperOf(transport), runtime.streamThreads(), runtime.metrics()) : null;
		this.held = new HeldSessions(store, this.local, this.manager);
		this.replies = new ReplyRouter(node, scope, this.held, runtime.handlerThreads().replies(), metrics);
		this.listeners = new ListenerRouter(node, scope, store, updater, this.local, this.held, this.streams, metrics,
				runtime.retries(), runtime.handlerThreads().replies());
		this.claims = new ListeningClaims(node, scope, store, updater, this.held, this.manager, this.listeners,
				runtime.streamSettings().deliverWithCalls() ? this.streams : null, runtime.background());
		this.broadcasts = new Broadcasts(node, scope, this.local, this.streams, metrics, runtime.retries());
		this.state = new SharedState(node, scope, store, updater, this.local, this.held, runtime.retries(),
				runtime.settings().timeout());
		this.offers = new SdkHandlers.Offers(updater, this.listeners, runtime.background());
	}

	/**
	 * The path of the endpoint within the application.
	 * @return the path, or a pattern
	 */
	public String endpoint() {
		return this.endpoint.toString();
	}

	Endpoint paths() {
		return this.endpoint;
	}

	/**
	 * Whether requests go to the transport without Spring MVC, as it is a servlet.
	 */
	public boolean isServlet() {
		return this.transport instanceof Servlet;
	}

	/**
	 * The transport that serves the clients.
	 * @return the transport
	 */
	public McpStreamableServerTransportProvider transport() {
		return this.transport;
	}

	/**
	 * The protocol versions that the transport supports.
	 */
	public List<String> protocolVersions() {
		return this.transport.protocolVersions();
	}

	/**
	 * The transport provider to build the MCP server with.
	 * @return the provider
	 */
	public McpStreamableServerTransportProvider transportProvider() {
		return this.transportProvider;
	}

	/**
	 * Finds the sessions that requests to this server name.
	 * @return the resolver
	 */
	public SessionResolver resolver() {
		return this.resolver;
	}

	/**
	 * The manager that ends the sessions of this server and of no other.
	 * @return the manager
	 */
	public StoredSessionManager manager() {
		return this.manager;
	}

	/**
	 * Whether an MCP server was built on our transport provider.
	 * @return whether sessions are stored
	 */
	public boolean isConnected() {
		return this.sessions != null;
	}

	/**
	 * Whether an MCP server was built on the transport itself.
	 * @return whether its sessions are not stored
	 */
	public boolean isBypassed() {
		return !isConnected() && SdkInternals.hasServer(this.transport);
	}

	/**
	 * Whether clients can resume streams.
	 * @return whether they can
	 */
	public boolean isResumable() {
		return this.streams != null;
	}

	/**
	 * The version of the MCP SDK on the class path.
	 * @return the version, or "unknown"
	 */
	public String sdkVersion() {
		return SdkInternals.version();
	}

	/**
	 * How many sessions this node holds.
	 * @return the number
	 */
	public int activeSessions() {
		return this.local.size();
	}

	/**
	 * How many streams are open on this node. Looks at all sessions that it holds.
	 * @return the numbers
	 */
	public OpenStreams openStreams() {
		return this.local.openStreams();
	}

	void connect(McpStreamableServerSession.Factory factory) {
		SessionParts parts = SdkInternals.partsOf(factory);
		Map<String, McpRequestHandler<?>> handlers = SdkHandlers.decorate(parts, this.runtime.updater(), this.state,
				this.runtime.streamSettings(), this.runtime.handlerThreads().tools(),
				settings().limits().maxSubscriptions());
		this.sessions = (id, request) -> new SdkSession(id, request, parts, handlers, this.replies, this.listeners,
				this.claims, this.state, this.manager, this.local, this.streams, (session) -> {
					this.timeouts.used(session);
					this.offers.check(session);
				});
		this.offers.connect(parts);
		this.state.resources().connect(new SdkStandIns(parts));
	}

	SdkSession build(String sessionId, McpSchema.InitializeRequest initializeRequest) {
		SessionFactory current = this.sessions;
		if (current == null) {
			throw new IllegalStateException("No MCP server was built on the transport provider of mcp-session");
		}
		return current.create(sessionId, initializeRequest);
	}

	/**
	 * Make a copy of a stored session.
	 * @param session what the store has
	 * @param since when it was asked for it
	 */
	SdkSession restore(SessionRecord session, long since) {
		SdkSession restored = build(session.id(), session.initializeRequest());
		restored.refresh(session, since);
		return restored;
	}

	/**
	 * Have the other nodes say what their sessions are subscribed to.
	 */
	void hello() {
		this.state.hello(this.runtime.background());
	}

	void drain(boolean draining) {
		if (this.streams != null) {
			this.streams.drain(draining);
		}
		else if (draining) {
			this.local.listening().forEach((session) -> session.listening().close());
		}
	}

	boolean hasDetachedCalls() {
		return this.streams != null && this.streams.hasDetachedCalls();
	}

	/**
	 * Keep sessions alive that are in use, and evict those that are not.
	 */
	void maintain() {
		this.timeouts.maintain(this.claims);
	}

	void broadcastResources() {
		this.state.broadcastResources();
	}

	/**
	 * What to do twice a second.
	 */
	void runPeriodicTasks() {
		if (this.streams != null) {
			this.streams.runPeriodicTasks();
			this.broadcasts.runPeriodicTasks();
		}
	}

	/**
	 * What to do twice a second for sessions that may have ended elsewhere.
	 */
	void validateAgain() {
		this.held.validateAgain();
	}

	ServerScope scope() {
		return this.scope;
	}

	SessionSettings settings() {
		return this.runtime.settings();
	}

	SessionStore store() {
		return this.runtime.store();
	}

	NodeRuntime runtime() {
		return this.runtime;
	}

	Broadcasts broadcasts() {
		return this.broadcasts;
	}

	ListenerRouter listeners() {
		return this.listeners;
	}

	ListeningClaims claims() {
		return this.claims;
	}

	SdkHandlers.Offers offers() {
		return this.offers;
	}

	LocalSessions local() {
		return this.local;
	}

}
