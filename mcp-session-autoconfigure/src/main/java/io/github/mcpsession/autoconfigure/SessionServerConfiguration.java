package io.github.mcpsession.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.github.mcpsession.CallerResolver;
import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionManager.StorageMode;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.cluster.NodeSettings;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemoryNodeChannel;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.server.NodeRuntime;
import io.github.mcpsession.server.SessionDrain;
import io.github.mcpsession.server.SessionMaintenance;
import io.github.mcpsession.session.SessionLimits;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamSettings;
import io.github.mcpsession.web.SessionRestoringFilter;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import jakarta.servlet.DispatcherType;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.web.servlet.DelegatingFilterProxyRegistrationBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Everything between the store and the MCP server.
 */
@Configuration(proxyBeanMethods = false)
class SessionServerConfiguration {

	private static final int FILTER_ORDER = -50;

	@Bean
	SessionSettings mcpSessionSettings(McpSessionProperties properties, SessionStore store) {
		requirePositive("mcp.session.timeout", properties.getTimeout());
		if (properties.getMaxAge() != null) {
			requirePositive("mcp.session.max-age", properties.getMaxAge());
		}
		requirePositive("mcp.session.store-timeout", properties.getStoreTimeout());
		requirePositive("mcp.session.local.idle-timeout", properties.getLocal().getIdleTimeout());
		if (properties.getValidationInterval().isNegative()) {
			throw invalid("mcp.session.validation-interval", "zero or more");
		}
		if (properties.getLocal().getMaxSessions() < 1) {
			throw invalid("mcp.session.local.max-sessions", "1 or more");
		}
		return new SessionSettings((store instanceof MemorySessionStore) ? StorageMode.MEMORY : StorageMode.EXTERNAL,
				properties.getTimeout(), properties.getMaxAge(), properties.getValidationInterval(),
				properties.isPrincipalBinding(), properties.getStoreTimeout(), properties.getLocal().getMaxSessions(),
				properties.getLocal().getIdleTimeout(), limits(properties.getLimits(), store));
	}

	private static SessionLimits limits(McpSessionProperties.Limits limits, SessionStore store) {
		if (limits.getMaxInitializeSize().toBytes() < 1) {
			throw invalid("mcp.session.limits.max-initialize-size", "1 byte or more");
		}
		if (limits.getMaxAttributes() < 0) {
			throw invalid("mcp.session.limits.max-attributes", "zero or more");
		}
		if (limits.getMaxAttributesSize().isNegative()) {
			throw invalid("mcp.session.limits.max-attributes-size", "zero or more");
		}
		if (limits.getMaxSubscriptions() < 0) {
			throw invalid("mcp.session.limits.max-subscriptions", "zero or more");
		}
		Integer perPrincipal = limits.getMaxSessionsPerPrincipal();
		if (perPrincipal != null && perPrincipal < 1) {
			throw invalid("mcp.session.limits.max-sessions-per-principal", "1 or more, or not set");
		}
		if (perPrincipal != null && !(store instanceof ListableSessionStore listable && listable.isCounting())) {
			throw new InvalidSessionConfigurationException(
					"'mcp.session.limits.max-sessions-per-principal' is set, but the SessionStore bean cannot count "
							+ "the sessions of a principal.",
					"Have it implement " + ListableSessionStore.class.getName()
							+ " with 'isCounting', or remove the property.",
					null);
		}
		Integer perSecond = limits.getNewSessionsPerSecond();
		if (perSecond != null && perSecond < 1) {
			throw invalid("mcp.session.limits.new-sessions-per-second", "1 or more, or not set");
		}
		return new SessionLimits(limits.getMaxInitializeSize().toBytes(), limits.getMaxAttributes(),
				limits.getMaxAttributesSize().toBytes(), limits.getMaxSubscriptions(), perPrincipal, perSecond);
	}

	@Bean
	NodeSettings mcpSessionClusterSettings(McpSessionProperties properties, Environment environment) {
		Duration heartbeatInterval = properties.getCluster().getHeartbeatInterval();
		Duration nodeTimeout = properties.getCluster().getNodeTimeout();
		requirePositive("mcp.session.cluster.heartbeat-interval", heartbeatInterval);
		if (nodeTimeout.compareTo(heartbeatInterval.multipliedBy(2)) < 0) {
			throw invalid("mcp.session.cluster.node-timeout", "at least twice the heartbeat interval");
		}
		return new NodeSettings(SessionStoreConfiguration.namespace(properties, environment), heartbeatInterval,
				nodeTimeout);
	}

	@Bean
	StreamSettings mcpSessionStreamSettings(McpSessionProperties properties) {
		McpSessionProperties.Streams streams = properties.getStreams();
		requirePositive("mcp.session.streams.heartbeat-interval", streams.getHeartbeatInterval());
		requirePositive("mcp.session.streams.retention", streams.getRetention());
		if (streams.getRetry().isNegative()) {
			throw invalid("mcp.session.streams.retry", "zero or more");
		}
		if (streams.getMaxEvents() < 1) {
			throw invalid("mcp.session.streams.max-events", "1 or more");
		}
		if (streams.getMaxSize().toBytes() < 1) {
			throw invalid("mcp.session.streams.max-size", "1 byte or more");
		}
		return new StreamSettings(streams.isResumable(), streams.getRetry(), streams.getHeartbeatInterval(),
				new StreamLimits(streams.getMaxEvents(), streams.getMaxSize().toBytes(), streams.getRetention()),
				streams.getDetachableTools());
	}

	/**
	 * Where the store brings no log, as a store of the application's own may not, streams
	 * can be resumed on this node only.
	 */
	@Bean
	@ConditionalOnMissingBean
	EventLog mcpSessionEventLog(SessionStore store, StreamSettings settings) {
		return new MemoryEventLog(store, settings.limits());
	}

	/**
	 * Where the store brings no channel, as a store of the application's own may not,
	 * this node talks to no other.
	 */
	@Bean
	@ConditionalOnMissingBean
	NodeChannel mcpSessionClusterChannel() {
		return new MemoryNodeChannel();
	}

	private static void requirePositive(String property, Duration value) {
		if (value.isNegative() || value.isZero()) {
			throw invalid(property, "positive");
		}
	}

	private static InvalidSessionConfigurationException invalid(String property, String what) {
		return new InvalidSessionConfigurationException("The value of '" + property + "' must be " + what + ".",
				"Change the value of '" + property + "'.", null);
	}

	@Bean
	NodeRuntime mcpSessionNodeRuntime(SessionSettings settings, StreamSettings streamSettings,
			NodeSettings nodeSettings, SessionStore store, NodeChannel channel, EventLog eventLog,
			ObjectProvider<SessionRestorer> restorer, ApplicationEventPublisher publisher,
			ObjectProvider<JsonMapper> mapper, ObjectProvider<SessionMetrics> metrics) {
		return new NodeRuntime(settings, streamSettings, nodeSettings, store, channel, eventLog,
				restorer.getIfAvailable(() -> (sessionId, guarded) -> guarded.find(sessionId)), publisher,
				mapper.getIfUnique(JsonMapper::new), metrics.getIfAvailable(() -> SessionMetrics.NONE));
	}

	@Bean
	ManagedServers mcpSessionServers(NodeRuntime runtime, ConfigurableListableBeanFactory beanFactory,
			ObjectProvider<SessionCustomizer> customizers, McpSessionProperties properties, Environment environment) {
		return new ManagedServers(runtime, McpEndpointPath.path(properties, environment),
				DefaultTransport.find(beanFactory), () -> customizers.orderedStream().toList());
	}

	@Bean
	@Primary
	McpStreamableServerTransportProvider mcpSessionTransportProvider(ManagedServers servers) {
		return servers.defaultServer().transportProvider();
	}

	@Bean
	SessionManager mcpSessionManager(ManagedServers servers) {
		return servers.manager();
	}

	@Bean
	SessionMaintenance mcpSessionMaintenance(ManagedServers servers, SessionStore store, EventLog eventLog,
			ObjectProvider<CleanupInterval> cleanupInterval) {
		return new SessionMaintenance(servers, List.of(store, eventLog),
				cleanupInterval.stream().map(CleanupInterval::value).findFirst().orElse(Duration.ofMinutes(1)));
	}

	/**
	 * Only with a graceful shutdown, which is Spring Boot's default: one that is to be
	 * immediate is.
	 */
	@Bean
	SessionDrain mcpSessionDrain(ManagedServers servers, McpSessionProperties properties, Environment environment) {
		return new SessionDrain(servers, drainTime(properties, environment));
	}

	private static Duration drainTime(McpSessionProperties properties, Environment environment) {
		if (properties.getDrainTime().isNegative()) {
			throw invalid("mcp.session.drain-time", "zero or more");
		}
		boolean immediate = "immediate".equalsIgnoreCase(environment.getProperty("server.shutdown"));
		return immediate ? Duration.ZERO : properties.getDrainTime();
	}

	@Bean
	@ConditionalOnMissingBean
	CallerResolver mcpSessionCallerResolver() {
		return CallerResolver.principalName();
	}

	@Bean
	SessionRestoringFilter mcpSessionFilter(CallerResolver callerResolver, ManagedServers servers,
			McpSessionProperties properties) {
		return new SessionRestoringFilter(servers,
				properties.isPrincipalBinding() ? callerResolver : namelessAllowed(callerResolver));
	}

	/**
	 * Where sessions are for all callers, who they are makes no difference.
	 */
	private static CallerResolver namelessAllowed(CallerResolver callerResolver) {
		return (request) -> {
			String caller = callerResolver.resolve(request);
			return (caller != null && caller.isBlank()) ? null : caller;
		};
	}

	/**
	 * By name, so that the filter, and with it the store, is not created before the web
	 * server.
	 */
	@Bean
	DelegatingFilterProxyRegistrationBean mcpSessionFilterRegistration(
			@Qualifier("securityFilterChainRegistration") ObjectProvider<DelegatingFilterProxyRegistrationBean> security) {
		DelegatingFilterProxyRegistrationBean registration = new DelegatingFilterProxyRegistrationBean(
				"mcpSessionFilter");
		registration.setOrder(filterOrder(security.getIfAvailable()));
		registration.setDispatcherTypes(DispatcherType.REQUEST);
		return registration;
	}

	/**
	 * After Spring Security, so that the caller is known and strangers never cause the
	 * store to be asked.
	 */
	private static int filterOrder(@Nullable DelegatingFilterProxyRegistrationBean security) {
		if (security == null || security.getOrder() < FILTER_ORDER) {
			return FILTER_ORDER;
		}
		if (security.getOrder() == Ordered.LOWEST_PRECEDENCE) {
			throw new InvalidSessionConfigurationException(
					"The filter of MCP sessions must come after that of Spring Security, but nothing can: "
							+ "'spring.security.filter.order' is " + Ordered.LOWEST_PRECEDENCE + ".",
					"Set 'spring.security.filter.order' to a smaller value, or remove it.", null);
		}
		return security.getOrder() + 1;
	}

	@Bean
	SessionStartupReport mcpSessionStartupReport(ManagedServers servers, SessionStore store, NodeChannel channel,
			ConfigurableListableBeanFactory beanFactory) {
		return new SessionStartupReport(servers, store, channel, beanFactory);
	}

	/**
	 * The time between two clean-ups. No signature of this class may name the JDBC
	 * properties, whose superclass is absent where Spring Boot's JDBC support is.
	 *
	 * @param value the interval
	 */
	record CleanupInterval(Duration value) {
	}

}
