package io.github.mcpsession.server;

import java.time.Duration;

import io.github.mcpsession.session.ListenerRouter;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * What the SDK takes for the listening stream of a session, on every node and for as long
 * as the session is held: sends each message to wherever the client really listens.
 */
final class RoutingTransport implements McpStreamableServerTransport {

	private static final Logger logger = LoggerFactory.getLogger(RoutingTransport.class);

	private static final Duration FIRST_RETRY = Duration.ofMillis(100);

	/**
	 * For some six seconds: each time after twice as long.
	 */
	private static final int RETRIES = 6;

	private final SdkSession session;

	RoutingTransport(SdkSession session) {
		this.session = session;
	}

	/**
	 * A client that notifies this server of something may not listen yet, though what
	 * handles that asks the client for more. Its notification is not rejected for that,
	 * but handled once it listens, if that is soon.
	 * @param handled handles the notification, each time it is subscribed to
	 * @return completes when it is handled, or will be later
	 */
	static Mono<Void> orOnceItListens(Mono<Void> handled) {
		return handled.onErrorResume(ListenerRouter.NotListeningException.class,
				(ex) -> Mono.deferContextual((context) -> {
					handled.delaySubscription(FIRST_RETRY)
						.retryWhen(Retry.backoff(RETRIES, FIRST_RETRY)
							.filter(ListenerRouter.NotListeningException.class::isInstance))
						.contextWrite(context)
						.subscribe((nothing) -> {
						}, (failure) -> logger.debug("A notification of the client was not handled", failure));
					return Mono.empty();
				}));
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
