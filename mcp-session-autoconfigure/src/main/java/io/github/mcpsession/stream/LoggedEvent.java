package io.github.mcpsession.stream;

/**
 * An event of the log.
 *
 * @param position its position in its stream
 * @param message the message as JSON
 * @since 0.1.0
 */
public record LoggedEvent(long position, String message) {

	/**
	 * Shows no message.
	 */
	@Override
	public String toString() {
		return "LoggedEvent[position=%d]".formatted(this.position);
	}

}
