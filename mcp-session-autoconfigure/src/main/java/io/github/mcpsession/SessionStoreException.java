package io.github.mcpsession;

import org.jspecify.annotations.Nullable;

/**
 * The store failed, or did not respond in time. Implies nothing about whether a session
 * exists.
 *
 * @since 0.1.0
 */
public class SessionStoreException extends RuntimeException {

	public SessionStoreException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
