package io.github.mcpsession.server;

import io.github.mcpsession.stream.SseStream;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One HTTP response with an SSE stream to the client, as the session sees it: what leaves
 * on it passes the session first, and the session is told when it is closed. If the
 * stream is resumable that is what messages are sent by; the transport's own connection
 * is then only used to end the HTTP response.
 */
final class OutgoingTransport implements McpStreamableServerTransport {

	private final McpStreamableServerTransport connection;

	private final SdkSession session;

	private final @Nullable String requestKey;

	private volatile @Nullable ClientCall call;

	private volatile @Nullable SseStream stream;

	/**
	 * Create a transport.
	 * @param connection the transport's own
	 * @param session the session
	 * @param requestKey the JSON text of the id of the request that is answered by it, if
	 * any and if known
	 */
	OutgoingTransport(McpStreamableServerTransport connection, SdkSession session, @Nullable String requestKey) {
		this.connection = connection;
		this.session = session;
		this.requestKey = requestKey;
	}

	@Nullable String requestKey() {
		return this.requestKey;
	}

	@Nullable ClientCall call() {
		return this.call;
	}

	void call(ClientCall call) {
		this.call = call;
	}

	@Nullable SseStream stream() {
		return this.stream;
	}

	void stream(@Nullable SseStream stream) {
		this.stream = stream;
	}

	/**
	 * Send a message that has passed the session it belongs to, on this or another node.
	 */
	Mono<Void> sendAsIs(JSONRPCMessage message, String messageId) {
		return this.connection.sendMessage(message, messageId);
	}

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
			JSONRPCMessage outgoing = this.session.outgoing(message);
			ClientCall current = this.call;
			if (current != null) {
				return Mono.fromRunnable(
						() -> current.stream().send(this.session.write(outgoing), outgoing instanceof JSONRPCResponse));
			}
			return (messageId != null) ? this.connection.sendMessage(outgoing, messageId)
					: this.connection.sendMessage(outgoing);
		});
	}

	@Override
	public <T> T unmarshalFrom(Object data, TypeRef<T> typeRef) {
		return this.connection.unmarshalFrom(data, typeRef);
	}

	/**
	 * The SDK has nothing more to send.
	 */
	@Override
	public Mono<Void> closeGracefully() {
		return Mono.defer(() -> {
			end();
			this.session.closed(this);
			return this.connection.closeGracefully();
		});
	}

	void end() {
		ClientCall current = this.call;
		if (current != null) {
			current.end();
		}
	}

	/**
	 * End the HTTP response; what runs goes on.
	 */
	@Override
	public void close() {
		this.session.closed(this);
		this.connection.close();
	}

}
