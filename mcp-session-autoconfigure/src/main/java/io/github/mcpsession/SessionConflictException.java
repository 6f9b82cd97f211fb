package io.github.mcpsession;

/**
 * A change of a session was abandoned because of concurrent changes at each attempt.
 *
 * @since 0.1.0
 */
public class SessionConflictException extends RuntimeException {

	public SessionConflictException(String sessionId, int attempts) {
		super("Session " + SessionIds.mask(sessionId) + " was changed concurrently during each of " + attempts
				+ " attempts");
	}

}
