package io.github.mcpsession.server;

import java.util.Map;
import java.util.function.Consumer;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.SessionTerminatedEvent;
import io.github.mcpsession.server.SdkInternals.SessionParts;
import io.github.mcpsession.session.ListenerRouter;
import io.github.mcpsession.session.Listening;
import io.github.mcpsession.session.ListeningClaims;
import io.github.mcpsession.session.LocalSession;
import io.github.mcpsession.session.LocalSessions;
import io.github.mcpsession.session.OpenStreams;
import io.github.mcpsession.session.ReplyRouter;
import io.github.mcpsession.session.SharedState;
import io.github.mcpsession.session.StoredSessionManager;
import io.github.mcpsession.session.UseCount;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.support.RequestNotifications;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * This node's copy of a stored session: what the SDK's transport and server talk to.
 * <p>
 * Threads: request threads call the methods of the SDK's session, each within the
 * {@link RequestScope} of a request that the filter has checked; threads of the cluster
 * hand over what other nodes sent; the maintenance thread and request threads that need
 * room evict. {@link UseCount} decides between requests and eviction. {@link #record}
 * only ever goes to a higher version.
 * <p>
 * What the SDK takes for the listening stream is a {@link RoutingTransport}; where the
 * client listens to this node, {@link SessionConnections} has the real one. Messages of
 * other nodes, and to them, go by the routers.
 */
final class SdkSession extends McpStreamableServerSession implements LocalSession {

	private static final int TERMINATED = -32001;

	private final ReplyRouter replies;

	private final ListenerRouter listeners;

	private final SharedState state;

	private final StoredSessionManager manager;

	private final LocalSessions local;

	private final UseCount use = new UseCount();

	private final SessionConnections connections;

	private final OpenRequests openRequests;

	private volatile @Nullable SessionRecord record;

	SdkSession(String id, McpSchema.InitializeRequest initializeRequest, SessionParts parts,
			Map<String, McpRequestHandler<?>> handlers, ReplyRouter replies, ListenerRouter listeners,
			ListeningClaims claims, SharedState state, StoredSessionManager manager, LocalSessions local,
			@Nullable NodeStreams streams, Consumer<SdkSession> onUse) {
		super(id, initializeRequest.capabilities(), initializeRequest.clientInfo(), parts.requestTimeout(), handlers,
				parts.notificationHandlers(), () -> parts.onClose().apply(id), parts.jsonSchemaValidator());
		this.replies = replies;
		this.listeners = listeners;
		this.state = state;
		this.manager = manager;
		this.local = local;
		this.connections = new SessionConnections(this, claims, streams, () -> onUse.accept(this));
		this.openRequests = new OpenRequests(parts.requestTimeout());
		super.listeningStream(new RoutingTransport(this));
	}

	// Life on this node

	@Override
	public String id() {
		return getId();
	}

	@Override
	public SessionRecord record() {
		SessionRecord current = this.record;
		if (current == null) {
			throw new IllegalStateException("The session has not been saved");
		}
		return current;
	}

	@Override
	public synchronized void refresh(SessionRecord stored, long since) {
		SessionRecord current = this.record;
		if (current != null && stored.version() < current.version()) {
			return;
		}
		this.record = stored.withoutAttributes();
		this.use.validated(since);
		if (stored.loggingLevel() != null) {
			super.setMinLoggingLevel(stored.loggingLevel());
		}
		if (current == null || !current.subscriptions().equals(stored.subscriptions())) {
			this.state.resources().add(stored.subscriptions());
		}
	}

	@Override
	public UseCount use() {
		return this.use;
	}

	@Override
	public boolean awaitsReply() {
		return !this.openRequests.isEmpty();
	}

	@Override
	public boolean awaitsReplyTo(String requestId) {
		return this.openRequests.contains(requestId);
	}

	@Override
	public Mono<Void> closeConnections() {
		return Mono.defer(() -> {
			McpSchema.JSONRPCResponse.JSONRPCError error = new McpSchema.JSONRPCResponse.JSONRPCError(TERMINATED,
					"The session has ended");
			this.openRequests.removeAll()
				.forEach((id) -> super.accept(JSONRPCResponse.error(id, error)).onErrorComplete().subscribe());
			this.connections.closeAll();
			return super.closeGracefully();
		});
	}

	// Messages that leave

	/**
	 * Tag a request to the client with the name of this node, which waits for the reply.
	 * @param message the message as the SDK made it
	 * @return the message to send in its place
	 */
	JSONRPCMessage tagWithNode(JSONRPCMessage message) {
		if (!(message instanceof JSONRPCRequest request)) {
			return message;
		}
		this.openRequests.add(request);
		return this.replies.tagWithNode(request);
	}

	/**
	 * Send a message by the listening stream, wherever it is open.
	 */
	Mono<Void> route(JSONRPCMessage message) {
		return this.listeners.send(this, message);
	}

	@Override
	public Listening listening() {
		return this.connections.listening();
	}

	@Override
	public OpenStreams openStreams() {
		return this.connections.openStreams();
	}

	SessionConnections connections() {
		return this.connections;
	}

	// What the transport and the server call

	@Override
	public Mono<Void> responseStream(JSONRPCRequest request, McpStreamableServerTransport transport) {
		RequestScope scope = RequestScope.current();
		ClientCall call = this.connections.begin(transport, request.id());
		return super.responseStream(request, call).contextWrite((context) -> CallContext.replace(context, scope))
			.doFinally((signal) -> {
				call.endUnlessDetached();
				if (call.isConnected()) {
					// mcp-core 2.0.0 leaves it open for an unknown method (java-sdk
					// #1041)
					call.close();
				}
			});
	}

	/**
	 * Since mcp-core 2.1.0, where the method above calls this one. The servlet transport
	 * calls this one only, and does not say which request it is about; but it has read
	 * the body.
	 */
	@Override
	public McpStreamableServerSessionStream responseStream(McpStreamableServerTransport transport) {
		ClientCall call = (transport instanceof ClientCall begun) ? begun : this.connections.begin(transport);
		McpStreamableServerSessionStream stream = super.responseStream(call);
		call.sdkStream(stream);
		return stream;
	}

	/**
	 * The client listens, or comes back for the rest of a call.
	 */
	@Override
	public McpStreamableServerSessionStream listeningStream(McpStreamableServerTransport transport) {
		return this.connections.open(transport);
	}

	@Override
	public boolean hasListeningStream() {
		return listening().isOpen();
	}

	/**
	 * Keeps the sweeper of mcp-core 2.1.0 away, which knows nothing of {@link UseCount}:
	 * idle copies are evicted by {@link LocalSessions}.
	 */
	@Override
	public boolean hasOpenStream() {
		return true;
	}

	@Override
	public void releaseListeningStream() {
		this.connections.closeListening();
	}

	/**
	 * The SDK's keep-alive pings every session that a node holds; only the node that the
	 * client listens to may do so.
	 */
	@Override
	public <T> Mono<T> sendRequest(String method, Object params, TypeRef<T> typeRef) {
		return (McpSchema.METHOD_PING.equals(method) && !listening().isOpen()) ? Mono.empty()
				: super.sendRequest(method, params, typeRef);
	}

	/**
	 * What is about a request goes to the node that runs it.
	 */
	@Override
	public Mono<Void> accept(JSONRPCNotification notification) {
		RequestScope scope = RequestScope.require(getId());
		return Mono.defer(() -> {
			if (!RequestNotifications.isOne(notification)) {
				return this.connections.handled(notification, super.accept(notification));
			}
			if (!isRunHere(notification)) {
				try {
					this.replies.broadcast(record(), notification);
				}
				catch (SessionStoreException ex) {
					scope.reject(Rejection.UNAVAILABLE);
					return Mono.error(ex);
				}
			}
			return isRunHere(notification) ? super.accept(notification) : Mono.empty();
		}).contextWrite((context) -> CallContext.replace(context, scope));
	}

	@Override
	public Mono<Void> receiveNotification(JSONRPCNotification notification) {
		return isRunHere(notification) ? super.accept(notification) : Mono.empty();
	}

	private boolean isRunHere(JSONRPCNotification notification) {
		String key = RequestNotifications.keyOf(notification);
		return RequestNotifications.CANCELLED.equals(notification.method()) ? this.connections.isRunning(key)
				: this.openRequests.hasProgressToken(key);
	}

	/**
	 * The client's answer to a request that a node has sent: handed to the SDK if that is
	 * this node, else sent to the other.
	 */
	@Override
	public Mono<Void> accept(JSONRPCResponse response) {
		RequestScope scope = RequestScope.require(getId());
		this.connections.used();
		return Mono.defer(() -> this.replies.route(this, response, (refusal) -> scope.reject(switch (refusal) {
			case NO_SUCH_REQUEST -> Rejection.NO_SUCH_REQUEST;
			case TOO_LARGE -> Rejection.ANSWER_TOO_LARGE;
			case UNAVAILABLE -> Rejection.UNAVAILABLE;
		})));
	}

	@Override
	public Mono<Void> receiveReply(JSONRPCResponse reply) {
		return this.openRequests.remove(String.valueOf(reply.id())) ? super.accept(reply)
				: Mono.error(new IllegalStateException("No open request has the id of this reply"));
	}

	/**
	 * Saves the level before it takes effect.
	 */
	@Override
	public void setMinLoggingLevel(McpSchema.LoggingLevel level) {
		this.state.setLoggingLevel(this, level);
	}

	/**
	 * The client ends its session, everywhere.
	 */
	@Override
	public Mono<Void> delete() {
		RequestScope scope = RequestScope.require(getId());
		return Mono.defer(() -> {
			try {
				if (!this.manager.end(getId(), SessionTerminatedEvent.Reason.CLIENT)) {
					scope.reject(Rejection.NOT_FOUND);
				}
			}
			catch (SessionStoreException ex) {
				// not an error to the transport, which would log the whole session id
				scope.reject(Rejection.UNAVAILABLE);
			}
			return Mono.empty();
		});
	}

	/**
	 * The transport drops this copy; the stored session lives on.
	 */
	@Override
	public Mono<Void> closeGracefully() {
		return Mono.defer(() -> {
			this.local.remove(this);
			return closeConnections();
		});
	}

	@Override
	public void close() {
		closeGracefully().subscribe();
	}

}
