package io.github.mcpsession.server;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

import io.github.mcpsession.SessionManager.StorageMode;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeSettings;
import io.github.mcpsession.cluster.NodeWatch;
import io.github.mcpsession.guard.Backend;
import io.github.mcpsession.guard.BreakerState;
import io.github.mcpsession.guard.GuardedBackend;
import io.github.mcpsession.guard.StoreFailures;
import io.github.mcpsession.guard.StoreGuard;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.session.SessionEvents;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.session.SessionUpdater;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamSettings;
import io.github.mcpsession.stream.StreamThreads;
import io.github.mcpsession.support.StoreRetries;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.ApplicationEventPublisher;

/**
 * What all MCP servers of an application share on this node: the store, guarded if it is
 * an external one, the node in its cluster, and threads. Thread-safe.
 */
public final class NodeRuntime implements AutoCloseable {

	/**
	 * No session is ever given this id.
	 */
	private static final String NO_SESSION = "mcp-session-check";

	private static final Duration WARM_UP_TIMEOUT = Duration.ofSeconds(10);

	private final String namespace;

	private final StorageMode storageMode;

	private final SessionSettings settings;

	private final StreamSettings streamSettings;

	private final NodeSettings nodeSettings;

	private final Backend unguarded;

	private final Backend backend;

	private final @Nullable StoreGuard guard;

	private final Executor background;

	private final SessionUpdater updater;

	private final StoreRetries retries;

	private final SessionRestorer restorer;

	private final SessionEvents events;

	private final JsonMapper mapper;

	private final SessionMetrics metrics;

	private final Node node;

	private final NodeWatch watch;

	private final HandlerThreads handlerThreads;

	private final StreamThreads streamThreads = StreamThreads.create();

	/**
	 * Create what servers share.
	 * @param namespace what tells the nodes and sessions of this application from those
	 * of others
	 * @param storageMode where sessions are kept
	 * @param settings how sessions are handled
	 * @param streamSettings how streams are handled
	 * @param nodeSettings how nodes talk
	 * @param backend where all is kept; guarded against slow answers here if it is an
	 * external one
	 * @param restorer brings back sessions that this node does not hold
	 * @param publisher where to publish events
	 * @param mapper for the values of attributes
	 * @param metrics counts and times what happens
	 */
	public NodeRuntime(String namespace, StorageMode storageMode, SessionSettings settings,
			StreamSettings streamSettings, NodeSettings nodeSettings, Backend backend, SessionRestorer restorer,
			ApplicationEventPublisher publisher, JsonMapper mapper, SessionMetrics metrics) {
		this.namespace = namespace;
		this.storageMode = storageMode;
		this.settings = settings;
		this.streamSettings = streamSettings;
		this.nodeSettings = nodeSettings;
		this.unguarded = backend;
		StoreGuard guard = (storageMode == StorageMode.EXTERNAL) ? new StoreGuard(settings.storeTimeout(), metrics)
				: null;
		this.guard = guard;
		this.backend = (guard != null) ? GuardedBackend.of(backend, guard) : backend;
		this.background = (guard != null) ? guard::background : Runnable::run;
		this.updater = new SessionUpdater(store());
		this.retries = new StoreRetries(settings.timeout());
		this.restorer = restorer;
		this.events = new SessionEvents(publisher, metrics);
		this.mapper = mapper;
		this.metrics = metrics;
		this.handlerThreads = HandlerThreads.create(streamSettings.detachableThreads());
		this.node = new Node(namespace, backend.channel(), this.backend.channel(), nodeSettings);
		this.watch = new NodeWatch(this.node);
	}

	/**
	 * Join the cluster. The first call to a store takes longer than others: connections
	 * are made and classes loaded. No request should have to wait for that, or be refused
	 * because of it.
	 */
	void join() {
		if (this.guard != null) {
			this.guard.warmUp(() -> this.unguarded.store().find(NO_SESSION), WARM_UP_TIMEOUT);
		}
		this.node.start();
	}

	void leave() {
		this.node.stop();
	}

	/**
	 * Ask the store whether this node can work with it. Harms no request, whatever
	 * becomes of it.
	 * @return what was found
	 */
	public Check check() {
		try {
			guarded(() -> this.unguarded.store().find(NO_SESSION));
			Set<String> nodes = guarded(() -> this.unguarded.channel().nodes()).keySet();
			Throwable failure = this.node.heartbeatFailure();
			if (failure != null) {
				return new Check(nodes.size(), "the store cannot be written", StoreFailures.reason(failure));
			}
			return new Check(nodes.size(),
					nodes.contains(this.node.name()) ? null : "this node is not among the nodes of the store", null);
		}
		catch (RuntimeException ex) {
			String cause = (this.guard != null) ? this.guard.lastFailure() : StoreFailures.reason(ex);
			return new Check(0, "store unreachable, serving local sessions only", cause);
		}
	}

	private <T> T guarded(Supplier<T> call) {
		return (this.guard != null) ? this.guard.call("check", call) : call.get();
	}

	/**
	 * What the store said.
	 *
	 * @param nodes how many nodes are alive
	 * @param problem why this node cannot work with it, {@code null} if it can
	 * @param cause what the store has answered, if it has
	 */
	public record Check(int nodes, @Nullable String problem, @Nullable String cause) {
	}

	/**
	 * Whether calls to the store are made.
	 * @return the state of the circuit breaker: closed where they are
	 */
	public BreakerState breakerState() {
		return (this.guard != null) ? BreakerState.of(this.guard.state()) : BreakerState.CLOSED;
	}

	/**
	 * The name of this node, new at each start.
	 * @return 16 hexadecimal digits
	 */
	public String nodeName() {
		return this.node.name();
	}

	/**
	 * The nodes of the cluster that are alive, this one included.
	 * @return how long ago each of them joined, by its name
	 */
	public Map<String, Duration> nodes() {
		return this.node.nodes();
	}

	/**
	 * A random text that the living nodes of the cluster share.
	 * @return the text
	 * @throws SessionStoreException if the store cannot be reached
	 */
	public String secret() {
		return this.node.secret();
	}

	/**
	 * What tells the nodes and sessions of this application from those of others.
	 * @return the namespace
	 */
	public String namespace() {
		return this.namespace;
	}

	StorageMode storageMode() {
		return this.storageMode;
	}

	SessionSettings settings() {
		return this.settings;
	}

	StreamSettings streamSettings() {
		return this.streamSettings;
	}

	NodeSettings nodeSettings() {
		return this.nodeSettings;
	}

	SessionStore store() {
		return this.backend.store();
	}

	EventLog eventLog() {
		return this.backend.eventLog();
	}

	/**
	 * Runs what makes calls to the store, without the caller having to wait.
	 */
	Executor background() {
		return this.background;
	}

	SessionUpdater updater() {
		return this.updater;
	}

	StoreRetries retries() {
		return this.retries;
	}

	SessionRestorer restorer() {
		return this.restorer;
	}

	SessionEvents events() {
		return this.events;
	}

	JsonMapper mapper() {
		return this.mapper;
	}

	SessionMetrics metrics() {
		return this.metrics;
	}

	Node node() {
		return this.node;
	}

	NodeWatch watch() {
		return this.watch;
	}

	HandlerThreads handlerThreads() {
		return this.handlerThreads;
	}

	StreamThreads streamThreads() {
		return this.streamThreads;
	}

	@Override
	public void close() {
		this.handlerThreads.close();
		this.streamThreads.close();
		if (this.guard != null) {
			this.guard.close();
		}
	}

}
