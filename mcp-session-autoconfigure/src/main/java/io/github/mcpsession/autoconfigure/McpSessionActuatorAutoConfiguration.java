package io.github.mcpsession.autoconfigure;

import io.github.mcpsession.SessionManager;
import io.github.mcpsession.actuate.McpSessionsEndpoint;
import io.github.mcpsession.actuate.McpSessionsEndpointWebExtension;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.server.NodeRuntime;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration for what Spring Boot's Actuator shows of MCP sessions.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = McpSessionAutoConfiguration.class)
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBean(ManagedServers.class)
public final class McpSessionActuatorAutoConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnAvailableEndpoint(McpSessionsEndpoint.class)
	@EnableConfigurationProperties(McpSessionsEndpointProperties.class)
	static class SessionsEndpoint {

		@Bean
		@ConditionalOnMissingBean
		McpSessionsEndpoint mcpSessionsEndpoint(SessionManager manager, ManagedServers servers,
				McpSessionsEndpointProperties properties) {
			NodeRuntime runtime = servers.runtime();
			return new McpSessionsEndpoint(manager, runtime.nodeName(), runtime::nodes, runtime::secret,
					properties.getShowValues());
		}

		@Bean
		@ConditionalOnMissingBean
		@ConditionalOnBean(McpSessionsEndpoint.class)
		@ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
		McpSessionsEndpointWebExtension mcpSessionsEndpointWebExtension(McpSessionsEndpoint endpoint,
				McpSessionsEndpointProperties properties) {
			return new McpSessionsEndpointWebExtension(endpoint, properties.getShowValues(), properties.getRoles());
		}

	}

}
