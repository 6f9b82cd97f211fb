package io.github.mcpsession.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

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
			throw rejected(scope, Rejection.TOO_MANY_SESSIONS);
		}
		if (JsonRpcMessages.size(initializeRequest) > this.node.settings().limits().maxInitializeSize().toBytes()) {
			throw rejected(scope, Rejection.INITIALIZE_TOO_LARGE);
		}
		McpStreamableServerSession.McpStreamableServerSessionInit init = this.sdkFactory
			.startSession(initializeRequest);
		SdkSession session = this.node.build(this.node.scope().idOf(init.session().getId()), initializeRequest);
		Mono<McpSchema.InitializeResult> result = init.initResult()
			.doOnNext((answer) -> save(session, initializeRequest, answer, scope))
			.doOnError((ex) -> {
				this.node.local().remove(session);
				if (ex instanceof SessionStoreException) {
					scope.reject(Rejection.UNAVAILABLE);
				}
			});
		return new McpStreamableServerSession.McpStreamableServerSessionInit(session, result);
	}

	private static IllegalArgumentException rejected(RequestScope scope, Rejection rejection) {
		scope.reject(rejection);
		return new IllegalArgumentException("An initialize request was rejected: " + rejection);
	}

	private void save(SdkSession session, McpSchema.InitializeRequest initializeRequest,
			McpSchema.InitializeResult answer, RequestScope scope) {
		CustomizableSession customizable = new CustomizableSession(
				SessionRecord.create(session.getId(), initializeRequest, answer.protocolVersion(), scope.principal()),
				this.node.mapper(), this.node.settings().limits());
		if (isTooMany(1, scope.principal())) {
			throw rejected(scope, Rejection.TOO_MANY_OF_PRINCIPAL);
		}
		this.customizers.forEach((customizer) -> customizer.customize(customizable));
		long since = System.nanoTime();
		if (!create(customizable.session())) {
			throw rejected(scope, Rejection.TOO_MANY_OF_PRINCIPAL);
		}
		Instant now = Instant.now();
		SessionRecord saved = customizable.session().stored(1, now, now);
		session.refresh(saved, since);
		this.node.local().add(session);
		this.node.events().publish(new SessionCreatedEvent(saved));
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
				this.node.retries().callNowOrLater(() -> this.node.store().delete(session.id()));
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
