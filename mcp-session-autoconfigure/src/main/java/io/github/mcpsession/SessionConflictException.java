package io.github.mcpsession;

/**
 * A change of a session was given up because others changed it every time in between.
 *
 * @since 0.1.0
 */
public class SessionConflictException extends RuntimeException {

	public SessionConflictException(String sessionId, int attempts) {
		super("Session " + SessionIds.mask(sessionId) + " was changed by others during each of " + attempts
				+ " attempts");
	}

}
