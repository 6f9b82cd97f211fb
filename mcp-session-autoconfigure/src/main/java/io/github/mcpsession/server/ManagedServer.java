package io.github.mcpsession.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionManager.StorageMode;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.cluster.NodeSettings;
import io.github.mcpsession.cluster.NodeWatch;
import io.github.mcpsession.guard.BreakerState;
import io.github.mcpsession.guard.GuardedAnnouncementLog;
import io.github.mcpsession.guard.GuardedEventLog;
import io.github.mcpsession.guard.GuardedNodeChannel;
import io.github.mcpsession.guard.GuardedSessionStore;
import io.github.mcpsession.guard.StoreGuard;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.server.SdkInternals.SessionParts;
import io.github.mcpsession.session.HeldSessions;
import io.github.mcpsession.session.LocalSessions;
import io.github.mcpsession.session.OpenStreams;
import io.github.mcpsession.session.ServerScope;
import io.github.mcpsession.session.SessionEvents;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.session.SessionUpdater;
import io.github.mcpsession.stream.AnnouncementLog;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.stream.StreamSettings;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.ApplicationEventPublisher;

/**
 * The sessions of one transport on this node, and what they are made with. Put together
 * once at startup: constructed with the transport, then {@linkplain #connect connected}
 * when the MCP server that is built on the transport hands over its session factory.
 *
 * @since 0.1.0
 */
public final class ManagedServer implements AutoCloseable {

	/**
	 * No session is ever given this id.
	 */
	private static final String NO_SESSION = "mcp-session-check";

	private static final Duration WARM_UP_TIMEOUT = Duration.ofSeconds(10);

	private final ServerScope realm;

	private final SessionSettings settings;

	private final SessionStore unguardedStore;

	private final SessionStore store;

	private final @Nullable StoreGuard guard;

	private final Node cluster;

	private final StreamSettings streamSettings;

	private final @Nullable NodeStreams streams;

	private final SessionRouter router;

	private final SessionUpdater updater;

	private final AbandonedSessions abandoned;

	private final SessionEvents events;

	private final JsonMapper mapper;

	private final SessionMetrics metrics;

	private final NodeSettings clusterSettings;

	private final NodeWatch watch;

	private final Supplier<Integer> check;

	private final LocalSessions local;

	private final HeldSessions held;

	private final DefaultSessionManager manager;

	private final Scheduler handlerThreads = HandlerThreads.create();

	private final McpStreamableServerTransportProvider transport;

	private volatile @Nullable SessionContext context;

	private volatile boolean draining;

	/**
	 * Create a node.
	 * @param endpoint what tells the sessions of this transport from those of others of
	 * the same application; {@code null} for the first or only one
	 * @param transport the transport that serves the clients
	 * @param settings how sessions are handled
	 * @param store the store; guarded against slow answers here if it is an external one
	 * @param channel how nodes reach each other; guarded like the store
	 * @param eventLog where streams are kept; guarded like the store
	 * @param announcementLog where announcements are kept; guarded like the store
	 * @param streamSettings how streams are handled
	 * @param clusterSettings how nodes talk
	 * @param restorer brings back sessions that this node does not hold
	 * @param publisher where to publish events
	 * @param mapper for the values of attributes
	 * @param metrics counts and times what happens
	 * @throws UnsupportedSdkException if the transport is not built as expected
	 */
	public ManagedServer(@Nullable String endpoint, McpStreamableServerTransportProvider transport,
			SessionSettings settings, SessionStore store, NodeChannel channel, EventLog eventLog,
			AnnouncementLog announcementLog, StreamSettings streamSettings, NodeSettings clusterSettings,
			SessionRestorer restorer, ApplicationEventPublisher publisher, JsonMapper mapper, SessionMetrics metrics) {
		this.realm = ServerScope.of(endpoint);
		this.transport = transport;
		this.settings = settings;
		this.unguardedStore = store;
		boolean external = settings.storageMode() == StorageMode.EXTERNAL;
		this.metrics = metrics;
		this.clusterSettings = clusterSettings;
		this.guard = external ? new StoreGuard(settings.storeTimeout(), metrics) : null;
		this.store = (this.guard != null) ? GuardedSessionStore.of(store, this.guard) : store;
		this.updater = new SessionUpdater(this.store);
		this.abandoned = new AbandonedSessions(this.store);
		this.events = new SessionEvents(publisher, metrics);
		this.mapper = mapper;
		this.local = new LocalSessions(new SdkTransportSessions(SdkInternals.sessionsOf(transport)),
				settings.maxLocalSessions());
		Executor background = (this.guard != null) ? this.guard::background : Runnable::run;
		this.cluster = new Node(channel, (this.guard != null) ? new GuardedNodeChannel(channel, this.guard) : channel,
				clusterSettings);
		this.watch = new NodeWatch(this.cluster);
		this.check = () -> {
			store.find(NO_SESSION);
			return channel.nodes().size();
		};
		this.manager = new DefaultSessionManager(this, background, restorer);
		this.streamSettings = streamSettings;
		this.streams = streamSettings.resumable() ? new NodeStreams(
				(this.guard != null) ? new GuardedEventLog(eventLog, this.guard) : eventLog,
				this.realm.announcements((this.guard != null) ? new GuardedAnnouncementLog(announcementLog, this.guard)
						: announcementLog),
				streamSettings, this.cluster, this.realm.mark(), background, SdkInternals.jsonMapperOf(transport),
				metrics) : null;
		this.held = new HeldSessions(this.store, this.local, this.manager::gone);
		this.router = new SessionRouter(this.cluster, this.realm.mark(), this.store, this.updater, this.local,
				this.held, background, this.handlerThreads, this.manager::gone, this.streams, metrics);
	}

	/**
	 * The transport provider to build the MCP server with.
	 * @param customizers called for each new session
	 * @return the provider
	 */
	public McpStreamableServerTransportProvider transportProvider(List<SessionCustomizer> customizers) {
		return new SdkTransportProvider(this, customizers);
	}

	/**
	 * The session manager.
	 * @return the manager
	 */
	public SessionManager manager() {
		return this.manager;
	}

	/**
	 * What to do by the clock: keep sessions alive that are in use, and drop copies that
	 * are not; make up for deletions that failed.
	 */
	void maintain() {
		this.manager.maintain(this.settings.localIdleTimeout());
		this.abandoned.deleteAgain();
	}

	/**
	 * Whether an MCP server was built on our transport provider. If not, the transport
	 * serves its sessions as if this library did not exist.
	 * @return whether sessions are stored
	 */
	public boolean isConnected() {
		return this.context != null;
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
	 * The transport that serves the clients.
	 * @return the transport
	 */
	public McpStreamableServerTransportProvider transport() {
		return this.transport;
	}

	/**
	 * The version of the MCP SDK on the class path.
	 * @return the version, or "unknown"
	 */
	public String sdkVersion() {
		return SdkInternals.version();
	}

	void connect(McpStreamableServerSession.Factory factory) {
		SessionParts parts = SdkInternals.partsOf(factory);
		this.context = new SessionContext(parts,
				SdkHandlers.decorate(parts, this.updater, this.router, this.streamSettings,
						this.settings.limits().maxSubscriptions()),
				this.store, this.updater, this.events, this.local, this.router, this.streams, this.metrics);
		this.router.resources().connect(parts);
	}

	SdkSession build(String sessionId, McpSchema.InitializeRequest initializeRequest) {
		SessionContext current = this.context;
		if (current == null) {
			throw new IllegalStateException("No MCP server was built on the transport provider of mcp-session");
		}
		return new SdkSession(sessionId, initializeRequest, current);
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

	ServerScope realm() {
		return this.realm;
	}

	/**
	 * Ask the store for something, and how many nodes there are. One call, which takes no
	 * longer than the time-out for the store.
	 * @return how many nodes are alive, this one included
	 * @throws SessionStoreException if the store gives no answer
	 */
	public int check() {
		return (this.guard != null) ? this.guard.call("check", this.check) : this.check.get();
	}

	/**
	 * Whether calls to the store are made.
	 * @return the state of the circuit breaker: closed where they are
	 */
	public BreakerState breakerState() {
		return (this.guard != null) ? BreakerState.of(this.guard.state()) : BreakerState.CLOSED;
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

	/**
	 * What tells the nodes and sessions of this application from those of others.
	 * @return the namespace
	 */
	public String namespace() {
		return this.clusterSettings.namespace();
	}

	SessionMetrics metrics() {
		return this.metrics;
	}

	Duration heartbeatInterval() {
		return this.clusterSettings.heartbeatInterval();
	}

	/**
	 * What to do by the clock for sessions that may have ended elsewhere, twice a second.
	 */
	void validateAgain() {
		this.held.validateAgain();
	}

	/**
	 * What to do by the clock, less often than heartbeats: see which nodes there are.
	 */
	void lookAtNodes() {
		this.watch.checkMembers();
	}

	SessionSettings settings() {
		return this.settings;
	}

	SessionStore store() {
		return this.store;
	}

	AbandonedSessions abandoned() {
		return this.abandoned;
	}

	SessionUpdater updater() {
		return this.updater;
	}

	SessionEvents events() {
		return this.events;
	}

	JsonMapper mapper() {
		return this.mapper;
	}

	@Nullable NodeStreams streams() {
		return this.streams;
	}

	/**
	 * Whether clients can resume streams.
	 * @return whether they can
	 */
	public boolean isResumable() {
		return this.streams != null;
	}

	/**
	 * What to do by the clock for streams, twice a second.
	 */
	void lookAfterStreams() {
		if (this.streams != null) {
			this.streams.runPeriodicTasks();
		}
	}

	SessionRouter router() {
		return this.router;
	}

	/**
	 * The name of this node, new at each start.
	 * @return 16 hexadecimal digits
	 */
	public String name() {
		return this.cluster.name();
	}

	/**
	 * The nodes of the cluster that are alive, this one included.
	 * @return how long ago each of them joined, by its name
	 */
	public Map<String, Duration> ages() {
		return this.cluster.nodes();
	}

	/**
	 * A random text that the living nodes of the cluster share.
	 * @return the text
	 * @throws SessionStoreException if the store cannot be reached
	 */
	public String secret() {
		return this.cluster.secret();
	}

	/**
	 * Join the cluster. The first call to a store takes longer than others: connections
	 * are made and classes loaded. No request should have to wait for that, or be told
	 * that the store is away.
	 */
	void join() {
		if (this.guard != null) {
			this.guard.warmUp(() -> this.unguardedStore.find(NO_SESSION), WARM_UP_TIMEOUT);
		}
		this.cluster.start();
		this.router.hello();
	}

	void leave() {
		this.cluster.stop();
	}

	void announceResources() {
		this.router.announceResources();
	}

	LocalSessions local() {
		return this.local;
	}

	@Override
	public void close() {
		this.handlerThreads.dispose();
		if (this.streams != null) {
			this.streams.close();
		}
		if (this.guard != null) {
			this.guard.close();
		}
	}

}
