package io.github.mcpsession.stream;

import java.io.Serializable;
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
 * @param completedRetention how long the state and the events of a call's stream that is
 * {@linkplain StreamState#isFinished() finished} are kept after the last write to it, if
 * that is less
 */
public record StreamLimits(int maxEvents, long maxBytes, Duration retention,
		Duration completedRetention) implements Serializable {

	public StreamLimits {
		Assert.isTrue(maxEvents > 0 && maxBytes > 0 && retention.toMillis() > 0 && completedRetention.toMillis() > 0,
				"Limits must be positive");
	}

	/**
	 * Limits by which a stream that is finished is kept like any other.
	 * @param maxEvents how many events, and of how many calls' streams the state
	 * @param maxBytes how many bytes the messages may have
	 * @param retention how old an event may be
	 */
	public StreamLimits(int maxEvents, long maxBytes, Duration retention) {
		this(maxEvents, maxBytes, retention, retention);
	}

	/**
	 * How long the state of a call's stream is kept after a write to it.
	 * @param state the state after the write
	 * @return the time
	 */
	public Duration retention(StreamState state) {
		return (state.isFinished() && this.completedRetention.compareTo(this.retention) < 0) ? this.completedRetention
				: this.retention;
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
