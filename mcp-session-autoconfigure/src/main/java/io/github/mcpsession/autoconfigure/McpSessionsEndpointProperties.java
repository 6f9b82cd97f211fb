package io.github.mcpsession.autoconfigure;

import java.util.LinkedHashSet;
import java.util.Set;

import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Properties of the Actuator endpoint of MCP sessions.
 */
@ConfigurationProperties("management.endpoint.mcpsessions")
public class McpSessionsEndpointProperties {

	/**
	 * When to show who initialized a session.
	 */
	private Show showValues = Show.NEVER;

	/**
	 * Roles that make a caller authorized to see it. When empty, every authenticated
	 * caller is.
	 */
	private final Set<String> roles = new LinkedHashSet<>();

	public Show getShowValues() {
		return this.showValues;
	}

	public void setShowValues(Show showValues) {
		this.showValues = showValues;
	}

	public Set<String> getRoles() {
		return this.roles;
	}

}
