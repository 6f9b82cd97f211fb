package io.github.mcpsession;

/**
 * Published when a session has ended: on the node that ended it, and on each node that
 * finds that a local session is no longer in the store.
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
		 * This node held the session and found that the store no longer has it: it
		 * expired, or was ended by another node.
		 */
		GONE

	}

}
