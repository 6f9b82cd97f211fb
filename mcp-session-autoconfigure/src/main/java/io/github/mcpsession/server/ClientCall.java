package io.github.mcpsession.server;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import io.github.mcpsession.ResponseStream;
import io.github.mcpsession.stream.CallStream;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * A request of the client that this node handles, and that may outlive the HTTP request
 * it came with.
 * <p>
 * As long as the HTTP request goes on, what the handler returns goes the SDK's way. The
 * step from {@link State#ATTACHED} to one of the others is atomic: either the SDK sends
 * the response, or, if the handler has let go of the connection before, this does.
 */
final class ClientCall implements ResponseStream {

	private static final Logger logger = LoggerFactory.getLogger(ClientCall.class);

	private enum State {

		ATTACHED, DETACHED, DONE

	}

	private final SdkSession session;

	private final CallStream stream;

	private final @Nullable Object requestId;

	private final Thread requestThread = Thread.currentThread();

	private final AtomicReference<State> state = new AtomicReference<>(State.ATTACHED);

	private final AtomicBoolean ended = new AtomicBoolean();

	private volatile @Nullable MonoSink<?> sink;

	/**
	 * Create a call.
	 * @param session the session, which is held until the call has ended
	 * @param stream the stream that answers it
	 * @param requestId the id of the request, {@code null} if it is not known
	 */
	ClientCall(SdkSession session, CallStream stream, @Nullable Object requestId) {
		this.session = session;
		this.stream = stream;
		this.requestId = requestId;
		session.use().acquire();
	}

	CallStream stream() {
		return this.stream;
	}

	/**
	 * Handle the request.
	 * @param handler what to subscribe to
	 * @return what the SDK makes a response of; empty if this call has been detached
	 */
	<T> Mono<T> handle(Mono<T> handler) {
		return Mono.create((sink) -> {
			this.sink = sink;
			Disposable running = handler.contextWrite(sink.contextView()).subscribe((result) -> {
				if (isDone()) {
					sink.success(result);
				}
				else {
					respond(new JSONRPCResponse(McpSchema.JSONRPC_VERSION, this.requestId, result, null));
				}
			}, (ex) -> {
				if (isDone()) {
					sink.error(ex);
				}
				else {
					respond(new JSONRPCResponse(McpSchema.JSONRPC_VERSION, this.requestId, null, error(ex)));
				}
			}, () -> {
				if (isDone()) {
					sink.success();
				}
				else {
					finish();
				}
			});
			sink.onCancel(running);
		});
	}

	private boolean isDone() {
		return this.state.compareAndSet(State.ATTACHED, State.DONE) || this.state.get() == State.DONE;
	}

	private void respond(JSONRPCResponse response) {
		try {
			this.stream.send(this.session.write(response), true);
		}
		finally {
			finish();
		}
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

	@Override
	public boolean closeConnection() {
		if (Thread.currentThread() == this.requestThread) {
			logger.warn("A tool could not let go of its connection, since it runs on the thread of the HTTP request: "
					+ "add its name to 'mcp.session.streams.detachable-tools'");
			return false;
		}
		MonoSink<?> current = this.sink;
		if (this.requestId == null || current == null || this.state.get() != State.ATTACHED
				|| !this.stream.canBeResumed() || !this.state.compareAndSet(State.ATTACHED, State.DETACHED)) {
			return false;
		}
		this.stream.closeConnection();
		current.success();
		return true;
	}

	/**
	 * The SDK has handled the request.
	 */
	void end() {
		if (this.state.get() != State.DETACHED) {
			finish();
		}
	}

	private void finish() {
		if (this.ended.compareAndSet(false, true)) {
			this.stream.end();
			this.session.callEnded(this.requestId);
		}
	}

}
