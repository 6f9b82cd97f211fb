package io.github.mcpsession.stream;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * The HTTP response that carries an SSE stream. Thread-safe: each event is written as one
 * piece. The response headers leave with what is written first, or before. A method
 * returns {@code false} once the connection is closed or found dead.
 */
public interface SseConnection {

	/**
	 * Send the response headers.
	 * @return whether the client may have got them
	 */
	boolean open();

	/**
	 * Write an event that has no data, from whose id the client can resume.
	 * @param id the event id
	 * @return whether the client may have got it
	 */
	boolean prime(String id);

	/**
	 * Write a message.
	 * @param id the event id; {@code null} if the client cannot resume from this event
	 * @param message the message as JSON
	 * @return whether the client may have got it
	 */
	boolean send(@Nullable String id, String message);

	/**
	 * Write the only message of a response that is about to be ended: it may leave with
	 * the end.
	 * @param message the message as JSON
	 * @return whether the client may have got it
	 */
	boolean sendOnly(String message);

	/**
	 * Write something that clients ignore. Does nothing while something else is being
	 * written.
	 * @return whether the connection seems alive
	 */
	boolean heartbeat();

	/**
	 * Say when the client is to come back, before the connection is ended from this side.
	 * @param retry how long after the connection has ended
	 * @return whether the client may have got it
	 */
	boolean retry(Duration retry);

	/**
	 * Answer with the status 204, which ends an EventSource. Does nothing if something
	 * was written.
	 */
	void noContent();

	/**
	 * Write no more.
	 */
	void close();

}
