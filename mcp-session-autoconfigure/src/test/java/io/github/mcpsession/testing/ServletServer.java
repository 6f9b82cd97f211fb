package io.github.mcpsession.testing;

import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;

import org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.autoconfigure.McpServerStreamableHttpWebMvcAutoConfiguration;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;

/**
 * The SDK's own servlet transport in a Boot application without Spring AI. Goes with a
 * configuration that has the server.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = { McpServerAutoConfiguration.class,
		McpServerStreamableHttpWebMvcAutoConfiguration.class, ManagementWebSecurityAutoConfiguration.class,
		ServletWebSecurityAutoConfiguration.class, UserDetailsServiceAutoConfiguration.class })
public class ServletServer {

	@Bean
	HttpServletStreamableServerTransportProvider transport() {
		return HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/mcp").build();
	}

	@Bean
	ServletRegistrationBean<HttpServletStreamableServerTransportProvider> servlet(
			HttpServletStreamableServerTransportProvider transport) {
		return new ServletRegistrationBean<>(transport, "/mcp/*");
	}

}
