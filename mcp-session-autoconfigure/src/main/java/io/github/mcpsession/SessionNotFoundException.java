package io.github.mcpsession;

/**
 * The session to be changed has expired or was terminated.
 *
 * @since 0.1.0
 */
public class SessionNotFoundException extends RuntimeException {

	public SessionNotFoundException(String sessionId) {
		super("Session " + SessionIds.mask(sessionId) + " does not exist");
	}

}
