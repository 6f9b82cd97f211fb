package io.github.mcpsession.stream;

/**
 * A stream that this node has a connection for. Thread-safe.
 *
 * @since 0.1.0
 */
public sealed interface SseStream permits CallStream, ResumedStream, ListeningStream {

	/**
	 * To be called by the clock: keeps the connection alive, or finds it dead.
	 */
	void heartbeat();

	/**
	 * Send the client elsewhere: tell it when to come back, and end the connection. The
	 * stream of a call that runs here goes on, as if nothing had been said.
	 */
	void release();

	/**
	 * The connection has ended.
	 */
	void disconnected();

}
