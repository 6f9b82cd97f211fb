package io.github.mcpsession;

/**
 * Called after a successful {@code initialize} handshake and before the session is first
 * saved. Attributes that it sets are in the store before the client gets its response,
 * and no later save overwrites them. Not called when a session is restored.
 * <p>
 * Beans of this type are called in their order. An exception fails the handshake, and the
 * session is not saved.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface SessionCustomizer {

	/**
	 * Customize a new session.
	 * @param session the session about to be saved
	 */
	void customize(NewSession session);

}
