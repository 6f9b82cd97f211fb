package io.github.mcpsession.stream;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The HTTP response that carries an SSE stream. Thread-safe: each event is written as one
 * piece. The response headers leave with what is written first. A method returns
 * {@code false} once the connection is closed or found dead.
 *
 * @since 0.1.0
 */
public interface SseConnection {

	/**
	 * Write an event that has no data, from whose id the client can resume.
	 * @param id the event id
	 * @param retry when the client is to come back after the connection has ended
	 * @return whether the client may have got it
	 */
	boolean prime(String id, Duration retry);

	/**
	 * Write a message.
	 * @param id the event id; {@code null} if the client cannot resume from this event
	 * @param message the message as JSON
	 * @return whether the client may have got it
	 */
	boolean send(@Nullable String id, String message);

	/**
	 * Write a comment, which clients ignore. Does nothing while something else is being
	 * written.
	 * @return whether the connection seems alive
	 */
	boolean comment();

	/**
	 * Say when the client is to come back.
	 * @param retry how long after the connection has ended
	 * @return whether the client may have got it
	 */
	boolean retry(Duration retry);

	/**
	 * Write no more.
	 */
	void close();

}
