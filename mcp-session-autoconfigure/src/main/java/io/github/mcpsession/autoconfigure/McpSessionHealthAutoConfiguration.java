package io.github.mcpsession.autoconfigure;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.actuate.McpSessionHealthIndicator;
import io.github.mcpsession.server.ManagedServers;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration for the health of stored MCP sessions: {@code mcpSession} in
 * {@code /actuator/health}, in no group unless one is told to include it.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = McpSessionAutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(ManagedServers.class)
public final class McpSessionHealthAutoConfiguration {

	/**
	 * Apart, since the condition is a class of Spring Boot's health support.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnEnabledHealthIndicator("mcp-session")
	static class Indicator {

		@Bean
		@ConditionalOnMissingBean(name = "mcpSessionHealthIndicator")
		McpSessionHealthIndicator mcpSessionHealthIndicator(ManagedServers servers, SessionStore store) {
			return new McpSessionHealthIndicator(servers, store);
		}

	}

}
