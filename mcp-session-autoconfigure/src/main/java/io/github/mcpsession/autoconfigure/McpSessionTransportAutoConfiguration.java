package io.github.mcpsession.autoconfigure;

import java.util.List;

import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration that refuses to start where a session store was chosen but there is
 * no transport whose sessions could be stored, unless the application has switched its
 * server off, or to a transport without sessions.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = McpSessionAutoConfiguration.class,
		beforeName = "org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration")
@ConditionalOnClass(McpStreamableServerTransportProvider.class)
@ConditionalOnBooleanProperty(name = "mcp.session.enabled", matchIfMissing = true)
@ConditionalOnProperty(SessionStoreConfiguration.STORE)
public final class McpSessionTransportAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(McpSessionTransportAutoConfiguration.class);

	private static final String SPRING_AI = "spring.ai.mcp.server.";

	private static boolean isWithoutSessions(Environment environment) {
		String protocol = environment.getProperty(SPRING_AI + "protocol", "");
		List<String> reasons = List.of(
				environment.getProperty(SPRING_AI + "enabled", Boolean.class, true) ? "" : "enabled=false",
				environment.getProperty(SPRING_AI + "stdio", Boolean.class, false) ? "stdio=true" : "",
				"STATELESS".equalsIgnoreCase(protocol) ? "protocol=" + protocol : "");
		for (String reason : reasons) {
			if (!reason.isEmpty()) {
				logger.info("'{}' has no effect, since there are no sessions to store with '{}{}'",
						SessionStoreConfiguration.STORE, SPRING_AI, reason);
				return true;
			}
		}
		return false;
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.SERVLET)
	@ConditionalOnMissingBean(McpStreamableServerTransportProvider.class)
	static class WithoutTransport {

		@Bean
		static InitializingBean mcpSessionMissingTransport(Environment environment) {
			return () -> {
				if (!isWithoutSessions(environment)) {
					throw new InvalidSessionConfigurationException(
							"'mcp.session.store' is set, but the application has no Streamable HTTP transport, "
									+ "which is the only one that has sessions to store.",
							"Set 'spring.ai.mcp.server.protocol=STREAMABLE' (Spring AI's default is SSE), or declare a "
									+ "bean of type McpStreamableServerTransportProvider, or set "
									+ "'mcp.session.enabled=false'.",
							null);
				}
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.REACTIVE)
	static class WebFlux {

		@Bean
		static InitializingBean mcpSessionUnsupportedWebFlux(Environment environment) {
			return () -> {
				if (!isWithoutSessions(environment)) {
					throw new InvalidSessionConfigurationException(
							"'mcp.session.store' is set, but the application is one of WebFlux, which is not supported: "
									+ "its sessions would not be stored.",
							"Use Spring MVC (spring-ai-starter-mcp-server-webmvc), or set "
									+ "'mcp.session.enabled=false'.",
							null);
				}
			};
		}

	}

}
