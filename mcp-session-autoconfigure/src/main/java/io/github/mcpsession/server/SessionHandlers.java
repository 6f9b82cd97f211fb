package io.github.mcpsession.server;

import java.util.HashMap;
import java.util.Map;

import io.github.mcpsession.SessionConflictException;
import io.github.mcpsession.SessionNotFoundException;
import io.github.mcpsession.SessionRestoreMarker;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.server.SdkInternals.SessionParts;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerSession.McpStreamableServerSessionStream;
import reactor.core.publisher.Mono;

/**
 * The SDK's request handlers, with what a stored session needs around them: subscriptions
 * are saved, and a handler can tell that its session was restored.
 */
final class SessionHandlers {

	private final SessionParts parts;

	private final SessionUpdater updater;

	private final SessionRouter router;

	private SessionHandlers(SessionParts parts, SessionUpdater updater, SessionRouter router) {
		this.parts = parts;
		this.updater = updater;
		this.router = router;
	}

	static Map<String, McpRequestHandler<?>> decorate(SessionParts parts, SessionUpdater updater,
			SessionRouter router) {
		SessionHandlers handlers = new SessionHandlers(parts, updater, router);
		Map<String, McpRequestHandler<?>> decorated = new HashMap<>();
		parts.requestHandlers().forEach((method, handler) -> decorated.put(method, switch (method) {
			case McpSchema.METHOD_RESOURCES_SUBSCRIBE -> handlers.checked(handlers.saving(true));
			case McpSchema.METHOD_RESOURCES_UNSUBSCRIBE -> handlers.checked(handlers.saving(false));
			default -> handlers.checked(handler);
		}));
		return Map.copyOf(decorated);
	}

	/**
	 * Saves a subscription and tells the other nodes. The SDK itself is not told: it
	 * would notify the session on top of what {@link SubscribedResources} does.
	 */
	private McpRequestHandler<Object> saving(boolean subscribe) {
		return (exchange, params) -> Mono.fromCallable(() -> {
			if (!(params instanceof Map<?, ?> map) || !(map.get("uri") instanceof String uri)) {
				throw McpError.builder(McpSchema.ErrorCodes.INVALID_PARAMS)
					.message("The parameter 'uri' is missing")
					.build();
			}
			this.router.onSubscription(this.updater.update(exchange.sessionId(),
					(session) -> (session.subscriptions().contains(uri) == subscribe) ? session
							: session.withSubscription(uri, subscribe)),
					uri);
			return Map.of();
		});
	}

	/**
	 * Refuses a request that did not come through the filter. Marks the context of one
	 * that restored its session: transports that call {@code responseStream(transport)}
	 * (mcp-core 2.1.0) run the handler without giving the session a chance to change the
	 * context, so the exchange is made anew here.
	 */
	private <T> McpRequestHandler<T> checked(McpRequestHandler<T> handler) {
		return (exchange, params) -> Mono.defer(() -> {
			RequestScope scope = RequestScope.require(exchange.sessionId());
			McpStreamableServerSessionStream stream = scope.responseStream();
			if (stream == null || !scope.isRestored() || SessionRestoreMarker.isRestored(exchange.transportContext())) {
				return handler.handle(exchange, params)
					.onErrorMap(SessionHandlers::isOurs, SessionHandlers::withoutCause);
			}
			McpTransportContext context = new RestoredContext(exchange.transportContext());
			McpAsyncServerExchange marked = new McpAsyncServerExchange(exchange.sessionId(), stream,
					exchange.getClientCapabilities(), exchange.getClientInfo(), context,
					this.parts.jsonSchemaValidator());
			return handler.handle(marked, params)
				.onErrorMap(SessionHandlers::isOurs, SessionHandlers::withoutCause)
				.contextWrite((current) -> current.put(McpTransportContext.KEY, context));
		});
	}

	private static boolean isOurs(Throwable ex) {
		return ex instanceof SessionStoreException || ex instanceof SessionNotFoundException
				|| ex instanceof SessionConflictException;
	}

	/**
	 * mcp-core 2.0.0 sends the messages of all causes to the client, and those tell where
	 * the store is.
	 */
	private static Throwable withoutCause(Throwable ex) {
		return McpError.builder(McpSchema.ErrorCodes.INTERNAL_ERROR).message(String.valueOf(ex.getMessage())).build();
	}

}
