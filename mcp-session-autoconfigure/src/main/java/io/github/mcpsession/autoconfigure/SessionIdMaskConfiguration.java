package io.github.mcpsession.autoconfigure;

import ch.qos.logback.classic.turbo.TurboFilter;

import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Session ids in the log lines of the MCP SDK and Spring AI. Only Logback, which is
 * Spring Boot's default, can change the lines of others.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(TurboFilter.class)
@ConditionalOnBooleanProperty(name = "mcp.session.mask-logged-ids", matchIfMissing = true)
final class SessionIdMaskConfiguration {

	@Bean
	SessionIdMask mcpSessionIdMask() {
		return new SessionIdMask();
	}

}
