package io.github.mcpsession.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.NewSession;
import io.github.mcpsession.SessionCreatedEvent;
import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.session.SessionLimits;
import io.github.mcpsession.session.StoredAttributes;
import io.github.mcpsession.support.JsonRpcMessages;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/**
 * Begins sessions. The SDK's own factory runs the handshake; the session object that it
 * makes is thrown away, but for its id. Between handshake and answer the customizers run
 * and the session is saved; if that fails nothing is left of it.
 */
final class SdkSessionFactory implements McpStreamableServerSession.Factory {

	/**
	 * What the transport answers to a request that was rejected; the filter discards it.
	 */
	private static final McpSchema.InitializeResult DISCARDED = new McpSchema.InitializeResult("",
			McpSchema.ServerCapabilities.builder().build(), new McpSchema.Implementation("rejected", "0"), null);

	private final ManagedServer node;

	private final McpStreamableServerSession.Factory sdkFactory;

	private final List<SessionCustomizer> customizers;

	private final @Nullable RateLimiter rate;

	SdkSessionFactory(ManagedServer node, McpStreamableServerSession.Factory sdkFactory,
			List<SessionCustomizer> customizers) {
		this.node = node;
		this.sdkFactory = sdkFactory;
		this.customizers = customizers;
		Integer perSecond = node.settings().limits().newSessionsPerSecond();
		this.rate = (perSecond != null) ? RateLimiter.of("mcp-session-new-sessions",
				RateLimiterConfig.custom()
					.limitForPeriod(perSecond)
					.limitRefreshPeriod(Duration.ofSeconds(1))
					.timeoutDuration(Duration.ZERO)
					.build())
				: null;
	}

	@Override
	public McpStreamableServerSession.McpStreamableServerSessionInit startSession(
			McpSchema.InitializeRequest initializeRequest) {
		RequestScope scope = RequestScope.requireNew();
		if (this.rate != null && !this.rate.acquirePermission()) {
			return rejected(scope, Rejection.TOO_MANY_SESSIONS, initializeRequest);
		}
		McpSchema.InitializeRequest kept = withoutIcons(initializeRequest);
		if (JsonRpcMessages.size(kept) > this.node.settings().limits().maxInitializeSize().toBytes()) {
			scope.rejectionDetails(": at most " + this.node.settings().limits().maxInitializeSize().toBytes()
					+ " bytes ('mcp.session.limits.max-initialize-size')");
			return rejected(scope, Rejection.INITIALIZE_TOO_LARGE, initializeRequest);
		}
		McpStreamableServerSession.McpStreamableServerSessionInit init = this.sdkFactory
			.startSession(initializeRequest);
		SdkSession session = this.node.build(this.node.scope().idOf(init.session().getId()), kept);
		Mono<McpSchema.InitializeResult> result = init.initResult()
			.doOnNext((answer) -> save(session, kept, answer, scope))
			.doOnError((ex) -> this.node.local().remove(session))
			.onErrorResume(SessionStoreException.class, (ex) -> {
				scope.reject(Rejection.UNAVAILABLE);
				return Mono.just(DISCARDED);
			});
		return new McpStreamableServerSession.McpStreamableServerSessionInit(session, result);
	}

	/**
	 * No error to the transport, which would log each: it answers something, which is
	 * discarded.
	 */
	private McpStreamableServerSession.McpStreamableServerSessionInit rejected(RequestScope scope, Rejection rejection,
			McpSchema.InitializeRequest initializeRequest) {
		scope.reject(rejection);
		SdkSession session = this.node.build(this.node.scope().idOf(UUID.randomUUID().toString()), initializeRequest);
		return new McpStreamableServerSession.McpStreamableServerSessionInit(session, Mono.fromSupplier(() -> {
			this.node.local().remove(session);
			return DISCARDED;
		}));
	}

	/**
	 * Icons may be whole images, and no session needs them.
	 */
	private static McpSchema.InitializeRequest withoutIcons(McpSchema.InitializeRequest request) {
		McpSchema.Implementation client = request.clientInfo();
		return (client == null || client.icons() == null) ? request
				: new McpSchema.InitializeRequest(
						request.protocolVersion(), request.capabilities(), new McpSchema.Implementation(client.name(),
								client.title(), client.version(), client.description(), null, client.websiteUrl()),
						request.meta());
	}

	private void save(SdkSession session, McpSchema.InitializeRequest initializeRequest,
			McpSchema.InitializeResult answer, RequestScope scope) {
		CustomizableSession customizable = new CustomizableSession(
				SessionRecord.create(session.getId(), initializeRequest, answer.protocolVersion(), scope.principal())
					.withOffer(this.node.offers().of(answer.capabilities())),
				this.node.runtime().mapper(), this.node.settings().limits());
		if (isTooMany(1, scope.principal())) {
			reject(session, scope);
			return;
		}
		this.customizers.forEach((customizer) -> customizer.customize(customizable));
		long since = System.nanoTime();
		if (!create(customizable.session())) {
			reject(session, scope);
			return;
		}
		Instant now = Instant.now();
		SessionRecord saved = customizable.session().stored(1, now, now);
		session.refresh(saved, since);
		this.node.local().add(session);
		this.node.runtime().events().publish(new SessionCreatedEvent(saved));
	}

	private void reject(SdkSession session, RequestScope scope) {
		this.node.local().remove(session);
		scope.reject(Rejection.TOO_MANY_OF_PRINCIPAL);
	}

	/**
	 * Save a session, unless its principal has too many. They are counted again after it
	 * was saved, so that nodes which begin sessions of one principal at once never exceed
	 * the limit together; they may all be refused.
	 * @return {@code false} if there were too many
	 */
	private boolean create(SessionRecord session) {
		boolean keep = false;
		try {
			if (!this.node.store().create(session, this.node.settings().initialLife())) {
				keep = true;
				throw new SessionStoreException("The id of a new session is already in use", null);
			}
			keep = !isTooMany(0, session.principal());
			return keep;
		}
		finally {
			if (!keep) {
				// the store may have it though it did not respond, or may yet do what it
				// was
				// asked: it would count among those of its principal until it expires
				this.node.runtime().retries().callNowOrLater(() -> this.node.store().delete(session.id()));
			}
		}
	}

	private boolean isTooMany(int more, @Nullable String principal) {
		Integer most = this.node.settings().limits().maxSessionsPerPrincipal();
		return most != null && principal != null && this.node.store() instanceof ListableSessionStore store
				&& store.countByPrincipal(principal) + more > most;
	}

	private static final class CustomizableSession implements NewSession {

		private final JsonMapper mapper;

		private final SessionLimits limits;

		private SessionRecord session;

		CustomizableSession(SessionRecord session, JsonMapper mapper, SessionLimits limits) {
			this.session = session;
			this.mapper = mapper;
			this.limits = limits;
		}

		@Override
		public SessionRecord session() {
			return this.session;
		}

		@Override
		public void setAttribute(String name, Object value) {
			this.session = this.limits.check(this.session,
					this.session.withAttribute(name, StoredAttributes.write(this.mapper, name, value)));
		}

	}

}
