package io.github.mcpsession;

/**
 * A session between the handshake and its first save.
 *
 * @since 0.1.0
 * @see SessionCustomizer
 */
public interface NewSession {

	/**
	 * The session as it would be saved now.
	 * @return the record
	 */
	SessionRecord session();

	/**
	 * Set an attribute.
	 * @param name the name
	 * @param value the value; any type that Jackson can write as JSON
	 * @throws SessionLimitException if the session has too many attributes
	 */
	void setAttribute(String name, Object value);

}
