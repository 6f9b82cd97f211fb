package io.github.mcpsession.autoconfigure;

import org.jspecify.annotations.Nullable;

/**
 * The configuration of MCP sessions cannot work.
 */
class InvalidSessionConfigurationException extends RuntimeException {

	private final String action;

	InvalidSessionConfigurationException(String description, String action, @Nullable Throwable cause) {
		super(description, cause);
		this.action = action;
	}

	String getAction() {
		return this.action;
	}

}
