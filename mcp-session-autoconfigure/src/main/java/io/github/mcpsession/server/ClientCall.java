package io.github.mcpsession.server;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import io.github.mcpsession.CallConnection;
import io.github.mcpsession.stream.CallStream;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpStreamableServerSession.McpStreamableServerSessionStream;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A request of the client that this node handles: what the SDK sends its messages by, and
 * what a tool lets go of its HTTP connection with. If it has a stream, messages go out on
 * that, it may outlive the HTTP request it came with, and the transport's own connection
 * is only used to end the HTTP response. It holds the session until it ends.
 * <p>
 * The states change in atomic steps. As long as the HTTP request goes on, what the
 * handler returns goes the SDK's way; if the handler has let go of the connection before,
 * this sends the response. Whoever is the last one, the SDK, the client of a call without
 * a stream, or the handler that has let go, {@linkplain #end ends} the call, once.
 */
final class ClientCall implements McpStreamableServerTransport {

	private static final Logger logger = LoggerFactory.getLogger(ClientCall.class);

	private enum State {

		/**
		 * The handler runs, and the HTTP request waits for it.
		 */
		ATTACHED,

		/**
		 * The handler runs, and has let go of the HTTP connection.
		 */
		DETACHED,

		/**
		 * The handler has returned, and the SDK sends the response.
		 */
		ANSWERED,

		ENDED

	}

	private final SdkSession session;

	private final McpStreamableServerTransport connection;

	private final @Nullable Object requestId;

	private final Thread requestThread = Thread.currentThread();

	private final AtomicReference<State> state = new AtomicReference<>(State.ATTACHED);

	private volatile boolean connected = true;

	private volatile boolean resumable;

	private volatile @Nullable CallStream stream;

	private volatile @Nullable McpStreamableServerSessionStream sdkStream;

	private volatile @Nullable MonoSink<?> sink;

	/**
	 * Create a call.
	 * @param session the session, which is held until the call has ended
	 * @param connection the transport's own
	 * @param requestId the id of the request, {@code null} if it is not known
	 */
	ClientCall(SdkSession session, McpStreamableServerTransport connection, @Nullable Object requestId) {
		this.session = session;
		this.connection = connection;
		this.requestId = requestId;
		session.use().acquire();
	}

	/**
	 * Answer by a resumable stream.
	 */
	void open(NodeStreams streams, StreamRequest request) {
		this.resumable = true;
		CallStream opened = streams.openCall(this.session.record(), requestKey(), request.connection(), this::close);
		this.stream = opened;
		if (!this.connected) {
			opened.disconnected();
		}
	}

	/**
	 * Send a notification that has nothing to do with the call.
	 * @param notification the notification as JSON
	 */
	void sendNotification(String notification) {
		CallStream current = this.stream;
		if (current != null) {
			current.sendNotification(notification);
		}
	}

	/**
	 * The JSON text of the id of the request, {@code null} if it is not known.
	 */
	@Nullable String requestKey() {
		return (this.requestId != null) ? JsonRpcMessages.key(this.requestId) : null;
	}

	/**
	 * Whether the HTTP response is open.
	 */
	boolean isConnected() {
		return this.connected;
	}

	/**
	 * What the SDK takes for this call, since mcp-core 2.1.0.
	 */
	@Nullable McpStreamableServerSessionStream sdkStream() {
		return this.sdkStream;
	}

	void sdkStream(McpStreamableServerSessionStream sdkStream) {
		this.sdkStream = sdkStream;
	}

	// What the SDK sends

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message) {
		return send(message, null);
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message, String messageId) {
		return send(message, messageId);
	}

	private Mono<Void> send(JSONRPCMessage message, @Nullable String messageId) {
		return Mono.defer(() -> {
			JSONRPCMessage tagged = (message instanceof JSONRPCRequest) ? this.session.tagWithNode(message) : message;
			CallStream current = this.stream;
			if (current != null) {
				return current.sendFromAnyThread(tagged);
			}
			return (messageId != null) ? this.connection.sendMessage(tagged, messageId)
					: this.connection.sendMessage(tagged);
		});
	}

	@Override
	public <T> T unmarshalFrom(Object data, TypeRef<T> typeRef) {
		return this.connection.unmarshalFrom(data, typeRef);
	}

	// The handler

	/**
	 * Handle the request.
	 * @param handler what to subscribe to
	 * @return what the SDK makes a response of; empty if this call has been detached
	 */
	<T> Mono<T> handle(Mono<T> handler) {
		if (!this.resumable) {
			return handler;
		}
		return Mono.create((sink) -> {
			this.sink = sink;
			Disposable running = handler.contextWrite(sink.contextView()).subscribe((result) -> {
				if (isAttached()) {
					sink.success(result);
				}
				else {
					respond(new JSONRPCResponse(McpSchema.JSONRPC_VERSION, this.requestId, result, null));
				}
			}, (ex) -> {
				if (isAttached()) {
					sink.error(ex);
				}
				else {
					respond(new JSONRPCResponse(McpSchema.JSONRPC_VERSION, this.requestId, null, error(ex)));
				}
			}, () -> {
				if (isAttached()) {
					sink.success();
				}
				else {
					end();
				}
			});
			sink.onCancel(running);
		});
	}

	/**
	 * Whether the SDK is to send the response, which cannot be changed any more.
	 */
	private boolean isAttached() {
		this.state.compareAndSet(State.ATTACHED, State.ANSWERED);
		return this.state.get() != State.DETACHED;
	}

	private void respond(JSONRPCResponse response) {
		CallStream current = this.stream;
		Mono<Void> sent = (current != null) ? current.sendFromAnyThread(response) : Mono.empty();
		sent.doFinally((signal) -> end()).subscribe((nothing) -> {
		}, (ex) -> logger.debug("A response could not be sent", ex));
	}

	/**
	 * What the SDK would say.
	 */
	private static JSONRPCResponse.JSONRPCError error(Throwable ex) {
		if (ex instanceof McpError error && error.getJsonRpcError() != null) {
			return error.getJsonRpcError();
		}
		return new JSONRPCResponse.JSONRPCError(McpSchema.ErrorCodes.INTERNAL_ERROR,
				Objects.requireNonNullElse(ex.getMessage(), "Internal error"), null);
	}

	/**
	 * Let go of the HTTP connection.
	 * @see CallConnection#close()
	 */
	boolean detach() {
		CallStream current = this.stream;
		if (current == null) {
			return false;
		}
		if (Thread.currentThread() == this.requestThread) {
			logger.warn("A tool could not close its connection, since it runs on the thread of the HTTP request: "
					+ "add its name to 'mcp.session.streams.detachable-tools'");
			return false;
		}
		MonoSink<?> waiting = this.sink;
		if (this.requestId == null || waiting == null || this.state.get() != State.ATTACHED || !current.canBeResumed()
				|| !this.state.compareAndSet(State.ATTACHED, State.DETACHED)) {
			return false;
		}
		current.closeConnection();
		waiting.success();
		return true;
	}

	// The end

	/**
	 * The SDK has nothing more to send.
	 */
	@Override
	public Mono<Void> closeGracefully() {
		return Mono.defer(() -> {
			endUnlessDetached();
			disconnected();
			return this.connection.closeGracefully();
		});
	}

	/**
	 * End the HTTP response; what has a stream goes on.
	 */
	@Override
	public void close() {
		disconnected();
		this.connection.close();
	}

	private void disconnected() {
		this.connected = false;
		CallStream current = this.stream;
		if (current != null) {
			current.disconnected();
		}
		else if (!this.resumable) {
			end();
		}
	}

	/**
	 * The SDK has handled the request.
	 */
	void endUnlessDetached() {
		if (this.state.compareAndSet(State.ATTACHED, State.ANSWERED) || this.state.get() == State.ANSWERED) {
			end();
		}
	}

	private void end() {
		if (this.state.getAndSet(State.ENDED) != State.ENDED) {
			CallStream current = this.stream;
			if (current != null) {
				current.end();
			}
			this.session.connections().ended(this);
		}
	}

}
