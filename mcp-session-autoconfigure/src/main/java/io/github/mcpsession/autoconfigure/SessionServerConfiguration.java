package io.github.mcpsession.autoconfigure;

import java.time.Duration;
import java.util.List;

import io.github.mcpsession.CallerResolver;
import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionManager.StorageMode;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.cluster.NodeSettings;
import io.github.mcpsession.guard.Backend;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemoryNodeChannel;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.server.NodeRuntime;
import io.github.mcpsession.server.SessionDrain;
import io.github.mcpsession.server.SessionMaintenance;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamSettings;
import io.github.mcpsession.web.Refusals;
import io.github.mcpsession.web.SessionRestoringFilter;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import jakarta.servlet.DispatcherType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.web.servlet.DelegatingFilterProxyRegistrationBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Everything between the store and the MCP server.
 */
@Configuration(proxyBeanMethods = false)
class SessionServerConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(SessionServerConfiguration.class);

	private static final String WEB_SERVER_CONTEXT = "org.springframework.boot.web.server.context.WebServerApplicationContext";

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
	NodeChannel mcpSessionNodeChannel() {
		return new MemoryNodeChannel();
	}

	@Bean
	NodeRuntime mcpSessionNodeRuntime(McpSessionProperties properties, SessionSettings settings,
			StreamSettings streamSettings, NodeSettings nodeSettings, SessionStore store, NodeChannel channel,
			EventLog eventLog, ObjectProvider<SessionRestorer> restorer, ApplicationEventPublisher publisher,
			ObjectProvider<JsonMapper> mapper, ObjectProvider<SessionMetrics> metrics, Environment environment,
			ListableBeanFactory beanFactory) {
		SettingsCheck.checkCounting(settings.limits(), store);
		return new NodeRuntime(properties.namespace(environment),
				(store instanceof MemorySessionStore) ? StorageMode.MEMORY : StorageMode.EXTERNAL, settings,
				streamSettings, nodeSettings, new Backend(store, eventLog, channel),
				restorer.getIfAvailable(() -> (sessionId, guarded) -> guarded.find(sessionId)), publisher,
				mapper.getIfUnique(() -> ownMapper(beanFactory)), metrics.getIfAvailable(() -> SessionMetrics.NONE));
	}

	private static JsonMapper ownMapper(ListableBeanFactory beanFactory) {
		String[] names = beanFactory.getBeanNamesForType(JsonMapper.class);
		if (names.length > 1) {
			logger.warn(
					"There are several JsonMapper beans ({}), and none is primary: session attributes are written "
							+ "by a mapper without the application's modules. Mark one of them with @Primary",
					String.join(", ", names));
		}
		return new JsonMapper();
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
	SessionMaintenance mcpSessionMaintenance(ManagedServers servers, SessionStore store, EventLog eventLog,
			ObjectProvider<CleanupInterval> cleanupInterval) {
		return new SessionMaintenance(servers, List.of(store, eventLog),
				cleanupInterval.stream().map(CleanupInterval::value).findFirst().orElse(Duration.ofMinutes(1)));
	}

	/**
	 * Only with a web server that is shut down gracefully, which is Spring Boot's
	 * default: a shutdown that is to be immediate is, and a mock server has no clients to
	 * wait for.
	 */
	@Bean
	SessionDrain mcpSessionDrain(ManagedServers servers, McpSessionProperties properties, Environment environment,
			ApplicationContext context) {
		boolean immediate = "immediate".equalsIgnoreCase(environment.getProperty("server.shutdown"))
				|| !hasWebServer(context);
		return new SessionDrain(servers, immediate ? Duration.ZERO : properties.drainTime());
	}

	/**
	 * By name: where the application is deployed to a server, the type may be absent.
	 */
	private static boolean hasWebServer(ApplicationContext context) {
		ClassLoader classLoader = context.getClassLoader();
		return ClassUtils.isPresent(WEB_SERVER_CONTEXT, classLoader)
				&& ClassUtils.resolveClassName(WEB_SERVER_CONTEXT, classLoader).isInstance(context);
	}

	@Bean
	@ConditionalOnMissingBean
	CallerResolver mcpSessionCallerResolver() {
		return CallerResolver.principalName();
	}

	@Bean
	static Refusals mcpSessionRefusals() {
		return new Refusals();
	}

	@Bean
	SessionRestoringFilter mcpSessionFilter(CallerResolver callerResolver, ManagedServers servers,
			SessionSettings settings, Refusals refusals, McpSessionProperties properties) {
		return new SessionRestoringFilter(servers,
				settings.principalBinding() ? callerResolver : namelessAllowed(callerResolver), refusals,
				properties.strictProtocolVersion());
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
	 * server. Mapped to servlets and not to paths, since containers have such filters
	 * come after all others (Servlet 6.1, 6.2.4): whatever their order, the caller is
	 * known by then, and the path is what the servlet sees.
	 */
	@Bean
	DelegatingFilterProxyRegistrationBean mcpSessionFilterRegistration() {
		DelegatingFilterProxyRegistrationBean registration = new DelegatingFilterProxyRegistrationBean(
				"mcpSessionFilter");
		registration.setServletNames(List.of("*"));
		registration.setOrder(Ordered.LOWEST_PRECEDENCE);
		registration.setMatchAfter(true);
		registration.setDispatcherTypes(DispatcherType.REQUEST, DispatcherType.FORWARD, DispatcherType.ASYNC,
				DispatcherType.ERROR);
		return registration;
	}

	@Bean
	SessionStartupReport mcpSessionStartupReport(ManagedServers servers, SessionStore store, EventLog eventLog,
			NodeChannel channel, McpSessionProperties properties, ConfigurableListableBeanFactory beanFactory) {
		return new SessionStartupReport(servers, store, eventLog, channel, properties.store(), beanFactory);
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
