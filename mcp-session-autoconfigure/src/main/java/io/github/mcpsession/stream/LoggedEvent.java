package io.github.mcpsession.stream;

import java.io.Serializable;

/**
 * An event of the log.
 *
 * @param position its position in its stream
 * @param message the message as JSON
 * @since 0.1.0
 */
public record LoggedEvent(long position, String message) implements Serializable {

	/**
	 * Shows no message.
	 */
	@Override
	public String toString() {
		return "LoggedEvent[position=%d]".formatted(this.position);
	}

}
