package io.github.mcpsession.autoconfigure;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionManager.StorageMode;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.ClusterChannel;
import io.github.mcpsession.cluster.ClusterSettings;
import io.github.mcpsession.memory.MemoryAnnouncementLog;
import io.github.mcpsession.memory.MemoryClusterChannel;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.server.SessionDrain;
import io.github.mcpsession.server.SessionMaintenance;
import io.github.mcpsession.server.SessionMetrics;
import io.github.mcpsession.server.SessionNode;
import io.github.mcpsession.server.SessionSettings;
import io.github.mcpsession.stream.AnnouncementLog;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamSettings;
import io.github.mcpsession.web.CallerResolver;
import io.github.mcpsession.web.SessionRestoringFilter;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import jakarta.servlet.DispatcherType;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.web.servlet.DelegatingFilterProxyRegistrationBean;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;

/**
 * Everything between the store and the MCP server.
 */
@Configuration(proxyBeanMethods = false)
class SessionServerConfiguration {

	/**
	 * After Spring Security (-100), so that the caller is known and strangers never cause
	 * the store to be asked.
	 */
	static final int FILTER_ORDER = -50;

	private static final String TRANSPORT_PROVIDER = "mcpSessionTransportProvider";

	@Bean
	SessionSettings mcpSessionSettings(McpSessionProperties properties, SessionStore store) {
		requirePositive("mcp.session.timeout", properties.getTimeout());
		requirePositive("mcp.session.store-timeout", properties.getStoreTimeout());
		requirePositive("mcp.session.local.idle-timeout", properties.getLocal().getIdleTimeout());
		if (properties.getValidationInterval().isNegative()) {
			throw invalid("mcp.session.validation-interval", "zero or more");
		}
		if (properties.getLocal().getMaxSessions() < 1) {
			throw invalid("mcp.session.local.max-sessions", "1 or more");
		}
		return new SessionSettings((store instanceof MemorySessionStore) ? StorageMode.MEMORY : StorageMode.EXTERNAL,
				properties.getTimeout(), properties.getValidationInterval(), properties.isPrincipalBinding(),
				properties.getStoreTimeout(), properties.getLocal().getMaxSessions(),
				properties.getLocal().getIdleTimeout());
	}

	@Bean
	ClusterSettings mcpSessionClusterSettings(McpSessionProperties properties, Environment environment) {
		Duration heartbeatInterval = properties.getCluster().getHeartbeatInterval();
		Duration nodeTimeout = properties.getCluster().getNodeTimeout();
		requirePositive("mcp.session.cluster.heartbeat-interval", heartbeatInterval);
		if (nodeTimeout.compareTo(heartbeatInterval.multipliedBy(2)) < 0) {
			throw invalid("mcp.session.cluster.node-timeout", "at least twice the heartbeat interval");
		}
		return new ClusterSettings(SessionStoreConfiguration.namespace(properties, environment), heartbeatInterval,
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

	@Bean
	@ConditionalOnMissingBean
	AnnouncementLog mcpSessionAnnouncementLog() {
		return new MemoryAnnouncementLog();
	}

	/**
	 * Where the store brings no channel, as a store of the application's own may not,
	 * this node talks to no other.
	 */
	@Bean
	@ConditionalOnMissingBean
	ClusterChannel mcpSessionClusterChannel() {
		return new MemoryClusterChannel();
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
	SessionNode mcpSessionNode(ListableBeanFactory beanFactory, SessionSettings settings, SessionStore store,
			ClusterChannel channel, EventLog eventLog, AnnouncementLog announcementLog, StreamSettings streamSettings,
			ClusterSettings clusterSettings, ObjectProvider<SessionRestorer> restorer,
			ApplicationEventPublisher publisher, ObjectProvider<JsonMapper> mapper,
			ObjectProvider<SessionMetrics> metrics) {
		return new SessionNode(transport(beanFactory), settings, store, channel, eventLog, announcementLog,
				streamSettings, clusterSettings,
				restorer.getIfAvailable(() -> (sessionId, guarded) -> guarded.find(sessionId)), publisher,
				mapper.getIfUnique(JsonMapper::new), metrics.getIfAvailable(() -> SessionMetrics.NONE));
	}

	/**
	 * The transport that serves the clients; all beans of the type but our own.
	 */
	private static McpStreamableServerTransportProvider transport(ListableBeanFactory beanFactory) {
		List<String> names = Arrays
			.stream(beanFactory.getBeanNamesForType(McpStreamableServerTransportProvider.class, true, false))
			.filter((name) -> !name.equals(TRANSPORT_PROVIDER))
			.toList();
		if (names.size() > 1) {
			throw new InvalidSessionConfigurationException(
					"The application has several Streamable HTTP transports, but the sessions of one only can be "
							+ "stored: " + String.join(", ", names) + ".",
					"Leave one, or set 'mcp.session.enabled=false'.", null);
		}
		return beanFactory.getBean(names.get(0), McpStreamableServerTransportProvider.class);
	}

	@Bean
	@Primary
	McpStreamableServerTransportProvider mcpSessionTransportProvider(SessionNode node,
			ObjectProvider<SessionCustomizer> customizers) {
		return node.transportProvider(customizers.orderedStream().toList());
	}

	@Bean
	SessionManager mcpSessionManager(SessionNode node) {
		return node.manager();
	}

	@Bean
	SessionMaintenance mcpSessionMaintenance(SessionNode node, SessionStore store, EventLog eventLog,
			AnnouncementLog announcementLog, ObjectProvider<CleanupInterval> cleanupInterval) {
		return new SessionMaintenance(node, List.of(store, eventLog, announcementLog),
				cleanupInterval.stream().map(CleanupInterval::value).findFirst().orElse(Duration.ofMinutes(1)));
	}

	/**
	 * Only with a graceful shutdown, which is Spring Boot's default: one that is to be
	 * immediate is.
	 */
	@Bean
	SessionDrain mcpSessionDrain(SessionNode node, McpSessionProperties properties, Environment environment) {
		if (properties.getDrainTime().isNegative()) {
			throw invalid("mcp.session.drain-time", "zero or more");
		}
		boolean immediate = "immediate".equalsIgnoreCase(environment.getProperty("server.shutdown"));
		return new SessionDrain(node, immediate ? Duration.ZERO : properties.getDrainTime());
	}

	@Bean
	@ConditionalOnMissingBean
	CallerResolver mcpSessionCallerResolver() {
		return CallerResolver.principalName();
	}

	@Bean
	SessionRestoringFilter mcpSessionFilter(SessionManager manager, CallerResolver callerResolver, SessionNode node,
			McpSessionProperties properties, Environment environment) {
		return new SessionRestoringFilter(manager, callerResolver, SessionEndpoint.path(properties, environment),
				node::isConnected, node.isResumable(), node::isDraining);
	}

	/**
	 * By name, so that the filter, and with it the store, is not created before the web
	 * server.
	 */
	@Bean
	DelegatingFilterProxyRegistrationBean mcpSessionFilterRegistration() {
		DelegatingFilterProxyRegistrationBean registration = new DelegatingFilterProxyRegistrationBean(
				"mcpSessionFilter");
		registration.setOrder(FILTER_ORDER);
		registration.setDispatcherTypes(DispatcherType.REQUEST);
		return registration;
	}

	@Bean
	SessionStartupReport mcpSessionStartupReport(SessionNode node, SessionStore store, ClusterChannel channel,
			McpSessionProperties properties, Environment environment) {
		return new SessionStartupReport(node, store, channel, SessionEndpoint.path(properties, environment));
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
