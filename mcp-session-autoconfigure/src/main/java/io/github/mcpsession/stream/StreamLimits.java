package io.github.mcpsession.stream;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

import org.springframework.util.Assert;

/**
 * How much of a session's streams the log keeps. What is over a limit is dropped, oldest
 * first.
 *
 * @param maxEvents how many events of all streams together, and of how many calls'
 * streams the state
 * @param maxBytes how many bytes the messages of these may have, in UTF-8; a message that
 * has more is not kept
 * @param retention how old an event may be; also how long the state of a call's stream is
 * kept after the last write to it
 */
public record StreamLimits(int maxEvents, long maxBytes, Duration retention) {

	public StreamLimits {
		Assert.isTrue(maxEvents > 0 && maxBytes > 0 && retention.toMillis() > 0, "Limits must be positive");
	}

	/**
	 * Whether a message can be kept at all.
	 * @param message the message
	 * @return {@code false} if it alone is over the limit of bytes
	 */
	public boolean allows(String message) {
		// a character has three bytes at most
		return message.length() <= this.maxBytes / 3
				|| message.getBytes(StandardCharsets.UTF_8).length <= this.maxBytes;
	}

}
