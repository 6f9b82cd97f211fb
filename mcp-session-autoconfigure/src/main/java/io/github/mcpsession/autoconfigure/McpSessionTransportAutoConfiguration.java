package io.github.mcpsession.autoconfigure;

import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration that refuses to start where a session store was chosen but there is
 * no transport whose sessions could be stored.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = McpSessionAutoConfiguration.class,
		beforeName = "org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(McpStreamableServerTransportProvider.class)
@ConditionalOnMissingBean(McpStreamableServerTransportProvider.class)
@ConditionalOnBooleanProperty(name = "mcp.session.enabled", matchIfMissing = true)
@ConditionalOnProperty("mcp.session.store")
public final class McpSessionTransportAutoConfiguration {

	@Bean
	static InitializingBean mcpSessionMissingTransport() {
		return () -> {
			throw new InvalidSessionConfigurationException(
					"'mcp.session.store' is set, but the application has no Streamable HTTP transport, "
							+ "which is the only one that has sessions to store.",
					"Set 'spring.ai.mcp.server.protocol=STREAMABLE' (Spring AI's default is SSE), or declare a bean of "
							+ "type McpStreamableServerTransportProvider, or set 'mcp.session.enabled=false'.",
					null);
		};
	}

}
