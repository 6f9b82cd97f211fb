package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.support.JsonRpcMessages;
import org.jspecify.annotations.Nullable;

/**
 * A stream of events that this node has a connection for.
 * <p>
 * Any thread may call any method. The lock makes the order in the log that of the
 * connection: it is held while one event is written to the log and to the connection, or
 * while a page of the log is read and sent, for no longer than the store call and the
 * write may take. Nothing else waits for the store under it. The connection itself is
 * thread-safe, and let go of once it has ended.
 */
public abstract sealed class SseStream permits CallStream, ResumedStream, ListeningStream {

	/**
	 * Says to a client that it has missed something.
	 */
	static final String LOST = JsonRpcMessages.notification("notifications/message",
			"{\"level\":\"warning\",\"logger\":\"mcp-session\",\"data\":{\"reason\":\"messages-lost\",\"message\":"
					+ "\"Messages that were sent since this stream was last open are no longer available\"}}");

	final ReentrantLock lock = new ReentrantLock();

	final NodeStreams streams;

	final String sessionId;

	/**
	 * The id of this stream in the log.
	 */
	final String id;

	private final Duration retry;

	private final Runnable onDisconnect;

	private volatile @Nullable SseConnection connection;

	/**
	 * The position of the last event; guarded by the lock.
	 */
	long position;

	/**
	 * Create a stream.
	 * @param streams the streams of this node
	 * @param session the session
	 * @param id the id of the stream
	 * @param position the position of the last event
	 * @param connection the HTTP response
	 * @param onDisconnect called when the HTTP response is to be ended from this side;
	 * more than once
	 */
	SseStream(NodeStreams streams, SessionRecord session, String id, long position, SseConnection connection,
			Runnable onDisconnect) {
		this.streams = streams;
		this.sessionId = session.id();
		this.retry = streams.settings().retryFor(session);
		this.id = id;
		this.position = position;
		this.connection = connection;
		this.onDisconnect = onDisconnect;
	}

	/**
	 * The id of the last event.
	 */
	String eventId() {
		return new EventId(this.id, this.position, 0).toString();
	}

	final boolean isConnected() {
		return this.connection != null;
	}

	/**
	 * Write what the response begins with.
	 * @param primed whether the client takes an event without data, and can come back
	 * @return whether the client may have got it
	 */
	final boolean sendFirst(boolean primed) {
		SseConnection current = this.connection;
		return current != null && (primed ? current.prime(eventId()) : current.open());
	}

	/**
	 * Answer, instead of all other, that there is nothing more.
	 */
	final void sendNothing() {
		SseConnection current = this.connection;
		if (current != null) {
			current.noContent();
		}
	}

	/**
	 * Write a message to the connection, or disconnect.
	 * @param eventId the event id; {@code null} if the client cannot resume from this
	 * event
	 * @param message the message as JSON
	 * @return whether the client may have got it
	 */
	final boolean sendToClient(@Nullable String eventId, String message) {
		SseConnection current = this.connection;
		if (current != null && current.send(eventId, message)) {
			return true;
		}
		disconnect();
		return false;
	}

	/**
	 * Write the only message of a response to the connection, or disconnect.
	 * @param message the message as JSON
	 */
	final void sendOnly(String message) {
		SseConnection current = this.connection;
		if (current == null || !current.sendOnly(message)) {
			disconnect();
		}
	}

	/**
	 * Keep the connection alive, or find it dead. Called by the clock. Not while the node
	 * drains, as {@link CallStream#beginUnlessBusy()}.
	 */
	final void heartbeat() {
		if (this.streams.isDraining()) {
			return;
		}
		SseConnection current = this.connection;
		if (current != null && !current.heartbeat()) {
			disconnect();
		}
		else if (this.lock.tryLock()) {
			try {
				afterHeartbeat();
			}
			catch (SessionStoreException ex) {
				// the next heartbeat will do
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	/**
	 * What to do by the clock besides; called with the lock held.
	 */
	void afterHeartbeat() {
	}

	/**
	 * Send the client to another node: end the connection, after the time to come back.
	 */
	void redirect() {
		sendRetry(StreamSettings.spread(this.retry));
		disconnect();
	}

	/**
	 * Send the time after which to come back, if this client is asked to.
	 */
	final void sendRetry() {
		sendRetry(this.retry);
	}

	private void sendRetry(Duration retry) {
		SseConnection current = this.connection;
		if (current != null) {
			current.retry(retry);
		}
	}

	/**
	 * End the connection from this side.
	 */
	final void disconnect() {
		disconnected();
		this.onDisconnect.run();
	}

	/**
	 * The connection has ended.
	 */
	public void disconnected() {
		SseConnection current = this.connection;
		this.connection = null;
		if (current != null) {
			current.close();
		}
	}

}
