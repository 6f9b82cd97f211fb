package io.github.mcpsession;

/**
 * Published once for each session that has ended, on one node: at once where the client
 * or the application ends it, and some ten seconds after it has expired, if a node runs
 * then. A session that was neither is one whose data was removed from the store by
 * others.
 *
 * @param sessionId the session id
 * @param reason why it ended
 * @since 0.1.0
 */
public record SessionTerminatedEvent(String sessionId, Reason reason) {

	/**
	 * Does not show the id.
	 */
	@Override
	public String toString() {
		return "SessionTerminatedEvent[session=%s, reason=%s]".formatted(SessionIds.mask(this.sessionId), this.reason);
	}

	/**
	 * Why a session ended.
	 */
	public enum Reason {

		/**
		 * The client sent DELETE to this node.
		 */
		CLIENT,

		/**
		 * {@link SessionManager#terminate} was called on this node.
		 */
		APPLICATION,

		/**
		 * The session was not used for its idle timeout, or has reached the maximum age.
		 */
		EXPIRED

	}

}
