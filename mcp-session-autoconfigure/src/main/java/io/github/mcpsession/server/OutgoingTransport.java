package io.github.mcpsession.server;

import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import reactor.core.publisher.Mono;

/**
 * One SSE stream to the client, as the session sees it: what leaves on it passes the
 * session first, and the session is told when it is closed.
 */
final class OutgoingTransport implements McpStreamableServerTransport {

	private final McpStreamableServerTransport connection;

	private final StoreBackedSession session;

	private final boolean requestKnown;

	/**
	 * Create a transport.
	 * @param connection where to send
	 * @param session the session
	 * @param requestKnown whether the session knows the id of the request, if any, that
	 * is answered by this stream
	 */
	OutgoingTransport(McpStreamableServerTransport connection, StoreBackedSession session, boolean requestKnown) {
		this.connection = connection;
		this.session = session;
		this.requestKnown = requestKnown;
	}

	boolean isRequestKnown() {
		return this.requestKnown;
	}

	/**
	 * Send a message that has passed the session it belongs to, on this or another node.
	 */
	Mono<Void> sendAsIs(JSONRPCMessage message, String messageId) {
		return this.connection.sendMessage(message, messageId);
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message) {
		return Mono.defer(() -> this.connection.sendMessage(this.session.outgoing(message)));
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message, String messageId) {
		return Mono.defer(() -> this.connection.sendMessage(this.session.outgoing(message), messageId));
	}

	@Override
	public <T> T unmarshalFrom(Object data, TypeRef<T> typeRef) {
		return this.connection.unmarshalFrom(data, typeRef);
	}

	@Override
	public Mono<Void> closeGracefully() {
		return Mono.defer(() -> {
			this.session.closed(this);
			return this.connection.closeGracefully();
		});
	}

	@Override
	public void close() {
		this.session.closed(this);
		this.connection.close();
	}

}
