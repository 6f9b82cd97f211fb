package io.github.mcpsession.autoconfigure;

import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * Finds out what the path of the MCP endpoint is.
 */
final class McpEndpointPath {

	private McpEndpointPath() {
	}

	static String path(McpSessionProperties properties, Environment environment) {
		if (StringUtils.hasText(properties.endpoint())) {
			return withSlash(properties.endpoint());
		}
		String servletPath = environment.getProperty("spring.mvc.servlet.path", "/");
		String endpoint = environment.getProperty("spring.ai.mcp.server.streamable-http.mcp-endpoint", "/mcp");
		return StringUtils.trimTrailingCharacter(withSlash(servletPath), '/') + withSlash(endpoint);
	}

	private static String withSlash(String path) {
		return path.startsWith("/") ? path : "/" + path;
	}

}
