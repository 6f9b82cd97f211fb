package io.github.mcpsession;

/**
 * A change of a session was refused because the session would become larger than
 * {@code mcp.session.limits} allows. Nothing was changed.
 *
 * @since 0.1.0
 */
public class SessionLimitException extends RuntimeException {

	public SessionLimitException(String message) {
		super(message);
	}

}
