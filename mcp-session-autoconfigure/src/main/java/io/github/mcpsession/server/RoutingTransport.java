package io.github.mcpsession.server;

import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import reactor.core.publisher.Mono;

/**
 * What the SDK takes for the listening stream of a session, on every node and for as long
 * as the session is held: sends each message to wherever the client really listens.
 */
final class RoutingTransport implements McpStreamableServerTransport {

	private final SdkSession session;

	RoutingTransport(SdkSession session) {
		this.session = session;
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message) {
		return Mono.defer(() -> this.session.route(this.session.tagWithNode(message)));
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message, String messageId) {
		return sendMessage(message);
	}

	@Override
	public <T> T unmarshalFrom(Object data, TypeRef<T> typeRef) {
		return JsonRpcMessages.mapper().convertValue(data, JsonRpcMessages.mapper().constructType(typeRef.getType()));
	}

	@Override
	public Mono<Void> closeGracefully() {
		return Mono.empty();
	}

	@Override
	public void close() {
		// nothing is open
	}

}
