package io.github.mcpsession.server;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

import io.github.mcpsession.SessionConflictException;
import io.github.mcpsession.SessionLimitException;
import io.github.mcpsession.SessionNotFoundException;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.server.SdkInternals.SessionParts;
import io.github.mcpsession.session.ListenerRouter;
import io.github.mcpsession.session.SessionUpdater;
import io.github.mcpsession.session.SharedState;
import io.github.mcpsession.session.SubscribedResources;
import io.github.mcpsession.stream.StreamSettings;
import io.github.mcpsession.support.JsonRpcMessages;
import io.github.mcpsession.support.OfferedLists;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.spec.McpError;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerSession.McpStreamableServerSessionStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

import org.springframework.util.ClassUtils;

/**
 * The SDK's request handlers, with what a stored session needs around them: subscriptions
 * are saved, and a handler can tell that its session was restored.
 */
final class SdkHandlers {

	private static final boolean CONTEXT_PROPAGATION = ClassUtils
		.isPresent("io.micrometer.context.ContextSnapshotFactory", SdkHandlers.class.getClassLoader());

	/**
	 * Enough for any URI that is one, and little enough to store many of.
	 */
	private static final int MAX_URI_LENGTH = 2048;

	private final SessionParts parts;

	private final StreamSettings streams;

	private final Scheduler toolThreads;

	private final int maxSubscriptions;

	private final SessionUpdater updater;

	private final SharedState state;

	private SdkHandlers(SessionParts parts, SessionUpdater updater, SharedState state, StreamSettings streams,
			Scheduler toolThreads, int maxSubscriptions) {
		this.parts = parts;
		this.maxSubscriptions = maxSubscriptions;
		this.streams = streams;
		this.toolThreads = toolThreads;
		this.updater = updater;
		this.state = state;
	}

	static Map<String, McpRequestHandler<?>> decorate(SessionParts parts, SessionUpdater updater, SharedState state,
			StreamSettings streams, Scheduler toolThreads, int maxSubscriptions) {
		SdkHandlers handlers = new SdkHandlers(parts, updater, state, streams, toolThreads, maxSubscriptions);
		Map<String, McpRequestHandler<?>> decorated = new HashMap<>();
		parts.requestHandlers().forEach((method, handler) -> decorated.put(method, switch (method) {
			case McpSchema.METHOD_RESOURCES_SUBSCRIBE -> handlers.checked(handlers.saving(true));
			case McpSchema.METHOD_RESOURCES_UNSUBSCRIBE -> handlers.checked(handlers.saving(false));
			case McpSchema.METHOD_TOOLS_CALL -> handlers.checked(handlers.detachable(handler));
			default -> handlers.checked(handler);
		}));
		return Map.copyOf(decorated);
	}

	/**
	 * Saves a subscription, in the place of the SDK's own handler: the SDK would notify
	 * the session on top of what {@link SubscribedResources} does.
	 */
	private McpRequestHandler<Object> saving(boolean subscribe) {
		return (exchange, params) -> Mono.fromCallable(() -> {
			if (!(params instanceof Map<?, ?> map) || !(map.get("uri") instanceof String uri)) {
				throw invalidParams("The parameter 'uri' is missing");
			}
			if (uri.length() > MAX_URI_LENGTH) {
				throw invalidParams("The parameter 'uri' is too long");
			}
			long since = System.nanoTime();
			SessionRecord stored = this.updater.update(exchange.sessionId(), (session) -> {
				if (session.subscriptions().contains(uri) == subscribe) {
					return session;
				}
				if (subscribe && session.subscriptions().size() >= this.maxSubscriptions) {
					throw invalidParams("There are already too many subscriptions");
				}
				return session.withSubscription(uri, subscribe);
			});
			this.state.onSubscription(stored, since, uri);
			return Map.of();
		});
	}

	private static McpError invalidParams(String message) {
		return McpError.builder(McpSchema.ErrorCodes.INVALID_PARAMS).message(message).build();
	}

	/**
	 * Refuses a request that did not come through the filter, and tells the handler what
	 * is known of the request. Transports that call {@code responseStream(transport)}
	 * (mcp-core 2.1.0) run the handler without giving the session a chance to change the
	 * context, so the exchange is made anew here.
	 */
	private <T> McpRequestHandler<T> checked(McpRequestHandler<T> handler) {
		return (exchange, params) -> Mono.defer(() -> {
			RequestScope scope = RequestScope.require(exchange.sessionId());
			ClientCall call = scope.call();
			McpStreamableServerSessionStream stream = (call != null) ? call.sdkStream() : null;
			Mono<T> result;
			if (stream == null || exchange.transportContext() instanceof CallContext) {
				result = handler.handle(exchange, params);
			}
			else {
				McpTransportContext context = CallContext.of(exchange.transportContext(), scope);
				McpAsyncServerExchange informed = new McpAsyncServerExchange(exchange.sessionId(), stream,
						exchange.getClientCapabilities(), exchange.getClientInfo(), context,
						this.parts.jsonSchemaValidator());
				result = Mono.defer(() -> handler.handle(informed, params))
					.contextWrite((current) -> current.put(McpTransportContext.KEY, context));
			}
			result = result.onErrorMap(SdkHandlers::isOurs, SdkHandlers::withoutCause);
			return (call != null) ? call.handle(result) : result;
		});
	}

	/**
	 * Runs a tool that may let go of its connection on a thread of its own, with what the
	 * thread of the request has in those thread-locals that Micrometer's context
	 * propagation knows: the security context, for instance.
	 */
	private <T> McpRequestHandler<T> detachable(McpRequestHandler<T> handler) {
		return (exchange, params) -> {
			if (!(params instanceof Map<?, ?> map) || !(map.get("name") instanceof String tool)
					|| !this.streams.isDetachable(tool)) {
				return handler.handle(exchange, params);
			}
			Mono<T> result = Mono.defer(() -> handler.handle(exchange, params));
			if (CONTEXT_PROPAGATION) {
				ContextSnapshot snapshot = ContextSnapshotFactory.builder().build().captureAll();
				Mono<T> inner = result;
				// for as long as the handler keeps this thread, and no longer: what is
				// asynchronous may end on another
				result = Mono.from((subscriber) -> snapshot.wrap(() -> inner.subscribe(subscriber)).run());
			}
			return result.subscribeOn(this.toolThreads);
		};
	}

	private static boolean isOurs(Throwable ex) {
		return ex instanceof SessionStoreException || ex instanceof SessionNotFoundException
				|| ex instanceof SessionConflictException || ex instanceof SessionLimitException;
	}

	/**
	 * mcp-core 2.0.0 sends the messages of all causes to the client, and those tell where
	 * the store is.
	 */
	private static Throwable withoutCause(Throwable ex) {
		return McpError.builder(McpSchema.ErrorCodes.INTERNAL_ERROR).message(String.valueOf(ex.getMessage())).build();
	}

	/**
	 * Notifies the clients of kept sessions that this release of the application offers
	 * other tools, prompts or resources than the one that they know. What an application
	 * adds while it runs, it notifies its clients of by itself.
	 */
	static final class Offers {

		private static final Logger logger = LoggerFactory.getLogger(Offers.class);

		private static final Duration TIMEOUT = Duration.ofSeconds(1);

		private final SessionUpdater updater;

		private final ListenerRouter listeners;

		private final Executor background;

		private volatile @Nullable SessionParts parts;

		private volatile @Nullable Map<String, String> current;

		Offers(SessionUpdater updater, ListenerRouter listeners, Executor background) {
			this.updater = updater;
			this.listeners = listeners;
			this.background = background;
		}

		void connect(SessionParts server) {
			this.parts = server;
			this.current = null;
		}

		/**
		 * What a new client will know of, of what it may be notified of.
		 * @param capabilities what it was said that the server does
		 * @return what its record is to say
		 */
		@Nullable String of(McpSchema.@Nullable ServerCapabilities capabilities) {
			if (capabilities == null) {
				return null;
			}
			Map<String, String> hashes = new HashMap<>(current());
			if (capabilities.tools() == null || !Boolean.TRUE.equals(capabilities.tools().listChanged())) {
				hashes.remove("tools");
			}
			if (capabilities.prompts() == null || !Boolean.TRUE.equals(capabilities.prompts().listChanged())) {
				hashes.remove("prompts");
			}
			if (capabilities.resources() == null || !Boolean.TRUE.equals(capabilities.resources().listChanged())) {
				hashes.keySet().removeAll(Set.of("resources", "resourceTemplates"));
			}
			return hashes.isEmpty() ? null : new OfferedLists(hashes, 0, 0).toString();
		}

		/**
		 * Compares what is on this node only.
		 */
		void check(SdkSession session) {
			OfferedLists known = OfferedLists.of(session.record().offer());
			if (known != null && known.isDue(System.currentTimeMillis()) && !known.changed(current()).isEmpty()) {
				this.background.execute(() -> update(session));
			}
		}

		/**
		 * Of several nodes and requests one finds that the client is not notified yet.
		 */
		private void update(SdkSession session) {
			List<String> changed = new ArrayList<>();
			// with what was added since
			this.current = null;
			try {
				long since = System.nanoTime();
				SessionRecord stored = this.updater.update(session.id(), (record) -> {
					OfferedLists known = OfferedLists.of(record.offer());
					long now = System.currentTimeMillis();
					changed.clear();
					changed.addAll((known != null && known.isDue(now)) ? known.changed(current()) : List.of());
					return (known != null && !changed.isEmpty())
							? record.withOffer(known.notified(current(), now).toString()) : record;
				});
				session.refresh(stored, since);
				changed.stream()
					.map((list) -> "notifications/" + (list.startsWith("resource") ? "resources" : list)
							+ "/list_changed")
					.distinct()
					.forEach((method) -> this.listeners.send(session, new McpSchema.JSONRPCNotification(method, null))
						.subscribe((nothing) -> {
						}, (ex) -> logger.debug("A client was not notified of other lists", ex)));
			}
			catch (SessionNotFoundException | SessionStoreException | SessionConflictException ex) {
				logger.debug("A client is notified of other lists later", ex);
			}
		}

		private Map<String, String> current() {
			Map<String, String> known = this.current;
			if (known == null) {
				known = new HashMap<>();
				put(known, McpSchema.METHOD_TOOLS_LIST, "tools");
				put(known, McpSchema.METHOD_PROMPT_LIST, "prompts");
				put(known, McpSchema.METHOD_RESOURCES_LIST, "resources");
				put(known, McpSchema.METHOD_RESOURCES_TEMPLATES_LIST, "resourceTemplates");
				this.current = known;
			}
			return known;
		}

		private void put(Map<String, String> hashes, String method, String name) {
			SessionParts server = this.parts;
			McpRequestHandler<?> handler = (server != null) ? server.requestHandlers().get(method) : null;
			if (handler == null) {
				return;
			}
			try {
				Object result = handler
					.handle(new McpAsyncServerExchange(SdkStandIns.ID, null, null, null, McpTransportContext.EMPTY),
							Map.of())
					.block(TIMEOUT);
				hashes.put(name, OfferedLists.hash(JsonRpcMessages.mapper().valueToTree(result).path(name)));
			}
			catch (RuntimeException ex) {
				logger.debug("The server did not answer {}", method, ex);
			}
		}

	}

}
