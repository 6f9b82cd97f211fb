package io.github.mcpsession.server;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.SessionTerminatedEvent;
import io.github.mcpsession.server.SdkInternals.SessionParts;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * This node's copy of a stored session: what the SDK's transport and server talk to.
 * <p>
 * Threads: request threads call the methods of the SDK's session, each within the
 * {@link RequestScope} of a request that the filter has checked; the maintenance thread
 * and request threads that need room evict. {@link #uses} decides between the two: it
 * counts the requests that hold the session, and the change from 0 to {@link #CLOSED} is
 * atomic, so a session is never evicted under a request and no request gets an evicted
 * one. {@link #record} only ever goes to a higher version.
 */
final class StoreBackedSession extends McpStreamableServerSession {

	private static final Logger logger = LoggerFactory.getLogger(StoreBackedSession.class);

	private static final int CLOSED = Integer.MIN_VALUE;

	private final Context context;

	private final McpSchema.InitializeRequest initializeRequest;

	private final AtomicInteger uses = new AtomicInteger();

	private volatile @Nullable SessionRecord record;

	private volatile long lastUsed = System.nanoTime();

	private volatile long lastValidated = System.nanoTime();

	private volatile long lastTouched = System.nanoTime();

	/**
	 * What all sessions of a transport share.
	 *
	 * @param parts what the SDK builds sessions from
	 * @param handlers the request handlers to build sessions with
	 * @param store the store
	 * @param updater changes stored sessions
	 * @param events publishes events
	 * @param local the sessions that this node holds
	 */
	record Context(SessionParts parts, Map<String, McpRequestHandler<?>> handlers, SessionStore store,
			SessionUpdater updater, SessionEvents events, LocalSessions local) {
	}

	StoreBackedSession(String id, McpSchema.InitializeRequest initializeRequest, Context context) {
		super(id, initializeRequest.capabilities(), initializeRequest.clientInfo(), context.parts().requestTimeout(),
				context.handlers(), context.parts().notificationHandlers(), () -> context.parts().onClose().apply(id),
				context.parts().jsonSchemaValidator());
		this.context = context;
		this.initializeRequest = initializeRequest;
	}

	// Life on this node

	SessionRecord record() {
		SessionRecord current = this.record;
		if (current == null) {
			throw new IllegalStateException("The session has not been saved");
		}
		return current;
	}

	/**
	 * Take over what the store has, unless something newer is here already.
	 * @param stored what was read from the store
	 */
	synchronized void refresh(SessionRecord stored) {
		SessionRecord current = this.record;
		if (current != null && stored.version() < current.version()) {
			return;
		}
		this.record = stored;
		this.lastValidated = System.nanoTime();
		if (stored.loggingLevel() != null) {
			super.setMinLoggingLevel(stored.loggingLevel());
		}
		Set<String> before = (current != null) ? current.subscriptions() : Set.of();
		if (!before.equals(stored.subscriptions())) {
			difference(stored.subscriptions(), before)
				.forEach((uri) -> applySubscription(McpSchema.METHOD_RESOURCES_SUBSCRIBE, uri));
			difference(before, stored.subscriptions())
				.forEach((uri) -> applySubscription(McpSchema.METHOD_RESOURCES_UNSUBSCRIBE, uri));
		}
	}

	private static Set<String> difference(Set<String> all, Set<String> without) {
		Set<String> difference = new HashSet<>(all);
		difference.removeAll(without);
		return difference;
	}

	/**
	 * Have the SDK's server note a subscription that is in the store already.
	 */
	private void applySubscription(String method, String uri) {
		McpRequestHandler<?> handler = this.context.parts().requestHandlers().get(method);
		if (handler != null) {
			McpAsyncServerExchange exchange = new McpAsyncServerExchange(getId(), this,
					this.initializeRequest.capabilities(), this.initializeRequest.clientInfo(),
					McpTransportContext.EMPTY, this.context.parts().jsonSchemaValidator());
			handler.handle(exchange, Map.of("uri", uri)).subscribe((result) -> {
			}, (ex) -> logger.warn("A subscription of session {} could not be restored", SessionIds.mask(getId()), ex));
		}
	}

	/**
	 * Hold the session, so that it is not evicted.
	 * @return whether it was still open
	 */
	boolean acquire() {
		this.lastUsed = System.nanoTime();
		return this.uses.getAndUpdate((count) -> (count == CLOSED) ? CLOSED : count + 1) != CLOSED;
	}

	void release() {
		this.lastUsed = System.nanoTime();
		this.uses.updateAndGet((count) -> (count == CLOSED) ? CLOSED : count - 1);
	}

	boolean isInUse() {
		return this.uses.get() > 0;
	}

	/**
	 * Close the session to new requests, if none holds it.
	 * @return whether it was closed by this call
	 */
	boolean closeIfUnused() {
		return this.uses.compareAndSet(0, CLOSED);
	}

	long lastUsed() {
		return this.lastUsed;
	}

	long lastValidated() {
		return this.lastValidated;
	}

	/**
	 * Whether it is time to push the idle timer in the store. If so, it is up to the
	 * caller to do it.
	 * @param interval the time between two pushes, in nanoseconds
	 * @return whether the caller must push the timer
	 */
	synchronized boolean claimTouch(long interval) {
		long now = System.nanoTime();
		if (now - this.lastTouched < interval) {
			return false;
		}
		this.lastTouched = now;
		return true;
	}

	/**
	 * Have the idle timer pushed at the next occasion.
	 * @param interval the time between two pushes, in nanoseconds
	 */
	synchronized void touchSoon(long interval) {
		this.lastTouched = System.nanoTime() - interval;
	}

	Mono<Void> closeCopy() {
		return super.closeGracefully();
	}

	// What the transport and the server call

	@Override
	public Mono<Void> responseStream(McpSchema.JSONRPCRequest request, McpStreamableServerTransport transport) {
		RequestScope scope = RequestScope.current();
		return super.responseStream(request, transport).contextWrite((context) -> RestoredContext.mark(context, scope));
	}

	/**
	 * Since mcp-core 2.1.0, where the method above calls this one.
	 */
	@Override
	public McpStreamableServerSessionStream responseStream(McpStreamableServerTransport transport) {
		McpStreamableServerSessionStream stream = super.responseStream(transport);
		RequestScope scope = RequestScope.current();
		if (scope != null) {
			scope.responseStream(stream);
		}
		return stream;
	}

	/**
	 * An exception would leave the response of the servlet transport open for ever.
	 */
	@Override
	public McpStreamableServerSessionStream listeningStream(McpStreamableServerTransport transport) {
		try {
			RequestScope.require(getId());
			return super.listeningStream(transport);
		}
		catch (IllegalStateException ex) {
			logger.error("A listening stream was refused", ex);
			McpStreamableServerSessionStream refused = new McpStreamableServerSessionStream(transport);
			refused.close();
			return refused;
		}
	}

	@Override
	public Mono<Void> accept(McpSchema.JSONRPCNotification notification) {
		RequestScope scope = RequestScope.require(getId());
		return super.accept(notification).contextWrite((context) -> RestoredContext.mark(context, scope));
	}

	@Override
	public Mono<Void> accept(McpSchema.JSONRPCResponse response) {
		RequestScope.require(getId());
		return super.accept(response);
	}

	/**
	 * Saves the level before it takes effect.
	 */
	@Override
	public void setMinLoggingLevel(McpSchema.LoggingLevel level) {
		this.context.updater()
			.update(getId(),
					(session) -> (session.loggingLevel() == level) ? session : session.withLoggingLevel(level));
		super.setMinLoggingLevel(level);
	}

	/**
	 * The client ends its session, everywhere.
	 */
	@Override
	public Mono<Void> delete() {
		RequestScope scope = RequestScope.require(getId());
		return Mono.defer(() -> {
			try {
				if (this.context.store().delete(getId())) {
					this.context.events()
						.publish(new SessionTerminatedEvent(getId(), SessionTerminatedEvent.Reason.CLIENT));
				}
				else {
					scope.reject(Rejection.NOT_FOUND);
				}
			}
			catch (SessionStoreException ex) {
				scope.reject(Rejection.UNAVAILABLE);
				return Mono.error(ex);
			}
			return super.delete();
		});
	}

	/**
	 * The transport drops this copy; the stored session lives on.
	 */
	@Override
	public Mono<Void> closeGracefully() {
		return Mono.defer(() -> {
			this.context.local().remove(this);
			return super.closeGracefully();
		});
	}

	@Override
	public void close() {
		this.context.local().remove(this);
		super.close();
	}

}
