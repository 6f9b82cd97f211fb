package io.github.mcpsession;

/**
 * A change of a session was rejected because the session would exceed
 * {@code mcp.session.limits}. Nothing was changed.
 *
 * @since 0.1.0
 */
public class SessionLimitException extends RuntimeException {

	public SessionLimitException(String message) {
		super(message);
	}

}
