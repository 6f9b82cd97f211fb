package io.github.mcpsession.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.session.Listening;
import io.github.mcpsession.session.ListeningClaims;
import io.github.mcpsession.session.OpenStreams;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpStreamableServerSession.McpStreamableServerSessionStream;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The calls of a local session, and the connections by which its client listens or
 * resumes. Thread-safe: request threads open, any thread closes.
 */
final class SessionConnections {

	private static final Logger logger = LoggerFactory.getLogger(SessionConnections.class);

	private final SdkSession session;

	private final ListeningClaims claims;

	private final @Nullable NodeStreams streams;

	private final Runnable onUse;

	private final ListeningConnections listening = new ListeningConnections();

	private final Set<ListeningConnection> connections = ConcurrentHashMap.newKeySet(1);

	private final Set<ClientCall> calls = ConcurrentHashMap.newKeySet(1);

	/**
	 * Create them: none yet.
	 * @param session the session
	 * @param claims saves where the client listens
	 * @param streams the resumable streams, {@code null} if they are not
	 * @param onUse called when the client does something with its session
	 */
	SessionConnections(SdkSession session, ListeningClaims claims, @Nullable NodeStreams streams, Runnable onUse) {
		this.session = session;
		this.claims = claims;
		this.streams = streams;
		this.onUse = onUse;
	}

	/**
	 * The client does something with its session.
	 */
	void used() {
		this.onUse.run();
	}

	/**
	 * The client has sent a notification. That its handshake is over is no use of its
	 * session.
	 * @param handled handles it
	 */
	Mono<Void> handled(JSONRPCNotification notification, Mono<Void> handled) {
		if (McpSchema.METHOD_NOTIFICATION_INITIALIZED.equals(notification.method())) {
			return handled;
		}
		used();
		return McpSchema.METHOD_NOTIFICATION_ROOTS_LIST_CHANGED.equals(notification.method())
				? RoutingTransport.orOnceItListens(handled) : handled;
	}

	Listening listening() {
		return this.listening;
	}

	OpenStreams openStreams() {
		int running = (int) this.calls.stream().filter(ClientCall::isConnected).count();
		int resumed = (int) this.connections.stream().filter(ListeningConnection::isResumed).count();
		return new OpenStreams(running, this.listening.isOpen() ? 1 : 0, resumed);
	}

	/**
	 * Whether a call of the client runs here.
	 * @param requestKey the JSON text of the id of the request
	 */
	boolean isRunning(String requestKey) {
		return this.calls.stream().anyMatch((call) -> requestKey.equals(call.requestKey()));
	}

	/**
	 * Begin a call.
	 * @param transport the transport's own connection
	 * @param requestId the id of the request, {@code null} if it is not known
	 */
	ClientCall begin(McpStreamableServerTransport transport, @Nullable Object requestId) {
		used();
		ClientCall call = new ClientCall(this.session, transport, requestId);
		this.calls.add(call);
		RequestScope scope = RequestScope.current();
		if (scope != null) {
			scope.call(call);
			StreamRequest request = scope.request();
			if (request != null && this.streams != null) {
				call.open(this.streams, request);
				this.claims.takeMissed(this.session).forEach(call::sendNotification);
			}
		}
		return call;
	}

	/**
	 * Begin a call of the request in hand.
	 * @param transport the transport's own connection
	 */
	ClientCall begin(McpStreamableServerTransport transport) {
		RequestScope scope = RequestScope.current();
		StreamRequest request = (scope != null) ? scope.request() : null;
		return begin(transport, (request != null) ? JsonRpcMessages.idOf(request.body()) : null);
	}

	/**
	 * A call has ended, and holds the session no longer.
	 */
	void ended(ClientCall call) {
		this.calls.remove(call);
		this.session.use().release();
	}

	/**
	 * Open a connection by which the client listens, or gets the rest of a call. An
	 * exception would leave the response of the servlet transport open for ever, so a
	 * stranger's stream is just closed.
	 * @param transport the transport's own connection
	 */
	McpStreamableServerSessionStream open(McpStreamableServerTransport transport) {
		ListeningConnection connection = new ListeningConnection(this.session, transport);
		this.connections.add(connection);
		McpStreamableServerSessionStream stream = this.session.new McpStreamableServerSessionStream(connection);
		try {
			RequestScope scope = RequestScope.require(this.session.id());
			used();
			connection.open(this.streams, scope.request());
		}
		catch (IllegalStateException ex) {
			logger.error("A listening stream was rejected", ex);
			stream.close();
		}
		catch (SessionStoreException ex) {
			// the client comes back with the same Last-Event-ID
			logger.debug("A stream could not be resumed", ex);
			stream.close();
		}
		return stream;
	}

	/**
	 * The client listens by a connection from now on.
	 */
	void listenBy(ListeningConnection connection) {
		this.listening.replace(connection);
		this.claims.claim(this.session, connection.id());
	}

	/**
	 * A connection was closed.
	 */
	void disconnected(ListeningConnection connection) {
		this.connections.remove(connection);
		if (this.listening.remove(connection)) {
			if (this.streams != null && this.streams.isDraining()) {
				this.claims.giveUp(this.session, connection.id());
			}
			else {
				this.claims.handOver(this.session, connection.id());
			}
		}
	}

	/**
	 * Close the connection by which the client listens.
	 */
	void closeListening() {
		this.listening.closeCurrent();
	}

	void closeAll() {
		this.listening.close();
		this.calls.stream().filter(ClientCall::isConnected).forEach(ClientCall::close);
		this.connections.forEach(ListeningConnection::close);
	}

}
