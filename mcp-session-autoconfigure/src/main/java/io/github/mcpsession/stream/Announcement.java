package io.github.mcpsession.stream;

import java.io.Serializable;

/**
 * A notification that was sent to more than one session.
 *
 * @param number its number; those that came later have higher ones
 * @param topic what it is about
 * @param message the notification as JSON
 * @since 0.1.0
 */
public record Announcement(long number, String topic, String message) implements Serializable {

	/**
	 * Shows no message.
	 */
	@Override
	public String toString() {
		return "Announcement[number=%d]".formatted(this.number);
	}

}
