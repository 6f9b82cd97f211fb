package io.github.mcpsession.autoconfigure;

import io.github.mcpsession.cluster.NodeSettings;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.stream.StreamSettings;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import jakarta.servlet.Filter;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Import;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Auto-configuration for stored MCP sessions: a session store as
 * {@code mcp.session.store} says, a session manager, the transport provider that an MCP
 * server is built with, and the servlet filter.
 *
 * @since 0.1.0
 */
@AutoConfiguration(afterName = { "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration",
		"org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
		"org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration",
		"org.springframework.ai.mcp.server.webmvc.autoconfigure.McpServerStreamableHttpWebMvcAutoConfiguration" },
		beforeName = "org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({ McpStreamableServerTransportProvider.class, Filter.class, OncePerRequestFilter.class })
@ConditionalOnBean(McpStreamableServerTransportProvider.class)
@ConditionalOnBooleanProperty(name = "mcp.session.enabled", matchIfMissing = true)
@EnableConfigurationProperties({ McpSessionProperties.class, SessionSettings.class, NodeSettings.class,
		StreamSettings.class })
@Import({ SessionStoreConfiguration.Memory.class, RedisBackend.class, JdbcBackend.class,
		SessionStoreConfiguration.Unavailable.class, SessionServerConfiguration.class, SettingsCheck.class })
public final class McpSessionAutoConfiguration {

}
