package io.github.mcpsession.stream;

import java.nio.charset.StandardCharsets;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The stream by which this node answers one call. What is sent is written to the log
 * first, then to the connection, if the client still has that; the call does not depend
 * on it.
 * <p>
 * This node is the only writer while it lives, so it numbers the events itself: one that
 * the log has not taken leaves its position missing there. Any thread may send. A store
 * that does not respond holds the lock for no longer than a store call may take.
 * <p>
 * Nothing is written, to the log or to the connection, before the first message or
 * {@link LateCalls some milliseconds} have passed. If that first message is the response,
 * it goes out alone, without an event id, and the log never hears of the call: a client
 * that misses it has no event id to come back with.
 * <p>
 * The id of the request is kept with the stream, so one of more than
 * {@value #MAX_REQUEST_ID} bytes makes the stream one that is not resumable: the log
 * never hears of it, and its events have no ids.
 */
public final class CallStream extends SseStream {

	/**
	 * How long a response may be that goes out alone, in characters: little enough for
	 * one write.
	 */
	private static final int MAX_LONE_RESPONSE = 32 * 1024;

	private static final int MAX_REQUEST_ID = 256;

	private final @Nullable String requestId;

	private final boolean resumable;

	private final boolean primed;

	private long lastWrite;

	private boolean opened;

	private boolean begun;

	private boolean beginsLater;

	private volatile boolean complete;

	/**
	 * Create a stream.
	 * @param streams the streams of this node
	 * @param session the session
	 * @param requestId the JSON text of the id of the request, if it is known
	 * @param connection the HTTP response
	 * @param onDisconnect called when the HTTP response is to be ended; more than once
	 */
	CallStream(NodeStreams streams, SessionRecord session, @Nullable String requestId, SseConnection connection,
			Runnable onDisconnect) {
		super(streams, session, StreamIds.newCall(), 0, connection, onDisconnect);
		this.requestId = requestId;
		this.resumable = requestId == null || (requestId.length() <= MAX_REQUEST_ID
				&& requestId.getBytes(StandardCharsets.UTF_8).length <= MAX_REQUEST_ID);
		this.primed = StreamSettings.isPrimed(session) && this.resumable;
	}

	/**
	 * Whether the response was sent, or nothing more will be.
	 */
	boolean isComplete() {
		return this.complete;
	}

	/**
	 * Write what the response begins with, unless that was done.
	 */
	private void open() {
		if (!this.opened) {
			this.opened = true;
			if (isConnected() && !sendFirst(this.primed)) {
				disconnect();
			}
		}
	}

	/**
	 * Have the client and the log know of the stream, unless they do.
	 * @return whether the log knows; always {@code false} if the stream is not resumable
	 */
	boolean begin() {
		this.lock.lock();
		try {
			if (!this.begun && !this.complete) {
				open();
				write(null, false, false);
			}
			return this.begun;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Whether the client could come back for the rest if its connection ended now. Has
	 * the log know of the stream.
	 * @return {@code false} if it has no event id to come back with, nothing of the
	 * stream is kept, or the log cannot be reached
	 */
	public boolean canBeResumed() {
		return this.primed && begin();
	}

	/**
	 * As {@link #begin()}, unless something is being sent, which does the same. Not while
	 * the node drains: Tomcat, when it is being stopped, has whoever finds that the
	 * client has left wait for the thread of the request, which may be about to send.
	 * @return {@code false} if the log could not be reached
	 */
	boolean beginUnlessBusy() {
		if (this.streams.isDraining() || !this.lock.tryLock()) {
			return true;
		}
		try {
			return begin() || !this.resumable;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Send a message. Nothing is sent after the response.
	 * @param message the message
	 */
	public void send(JSONRPCMessage message) {
		send(this.streams.write(message), message instanceof JSONRPCResponse);
	}

	/**
	 * As {@link #send(JSONRPCMessage)}, also for a thread that must not wait.
	 * @param message the message
	 * @return completes when it is sent
	 */
	public Mono<Void> sendFromAnyThread(JSONRPCMessage message) {
		return this.streams.sendFromAnyThread(Mono.fromRunnable(() -> send(message)));
	}

	/**
	 * Send a notification.
	 * @param notification the notification as JSON
	 */
	public void sendNotification(String notification) {
		send(notification, false);
	}

	void send(String message, boolean last) {
		String reader = null;
		this.lock.lock();
		try {
			if (this.complete) {
				return;
			}
			this.complete = last;
			if (last && !this.opened && message.length() <= MAX_LONE_RESPONSE) {
				this.opened = true;
				sendOnly(message);
				return;
			}
			open();
			this.position++;
			WriteResult result = write(message, last, last && isConnected());
			reader = (result != null) ? result.reader() : null;
			if (reader != null && isConnected()) {
				// the client has come back elsewhere: each message goes out on one stream
				disconnect();
			}
			else if (isConnected() && (result == null || result.written() || WriteResult.GONE.equals(result))) {
				boolean sent = sendToClient(this.resumable ? eventId() : null, message);
				if (last && !sent && result != null) {
					// it is not finished: the client may come back for it
					write(null, true, false);
				}
			}
		}
		finally {
			this.lock.unlock();
		}
		if (reader != null) {
			this.streams.readers().sendAppended(this.sessionId, reader);
		}
	}

	/**
	 * The call has ended: nothing more will be sent.
	 */
	public void end() {
		this.lock.lock();
		try {
			if (!this.complete) {
				this.complete = true;
				if (this.begun || this.position > 0) {
					write(null, true, isConnected());
				}
			}
		}
		finally {
			this.lock.unlock();
		}
		this.streams.remove(this);
		disconnected();
	}

	/**
	 * Write to the log.
	 * @param message the message, if there is one
	 * @param last whether the stream ends
	 * @param delivered whether the client is sent all of it
	 * @return what became of it, {@code null} if the log could not be reached or is not
	 * to know
	 */
	private @Nullable WriteResult write(@Nullable String message, boolean last, boolean delivered) {
		if (!this.resumable) {
			return null;
		}
		StreamWrite write = StreamWrite.toCall(this.id, this.streams.nodeName(), this.requestId, this.position, message,
				last);
		try {
			WriteResult result = this.streams.log().write(this.sessionId, write.delivered(delivered));
			this.begun |= result.written();
			this.lastWrite = System.nanoTime();
			return result;
		}
		catch (SessionStoreException ex) {
			if (message != null) {
				this.streams.onGap();
			}
			if (last) {
				this.streams.writeLater(this.sessionId, write);
			}
			else if (!this.begun && !this.beginsLater) {
				this.beginsLater = true;
				this.streams.beginLater(this);
			}
			return null;
		}
	}

	/**
	 * Let go of the connection, on purpose.
	 */
	public void closeConnection() {
		this.lock.lock();
		try {
			if (!this.complete && begin() && isConnected()) {
				sendRetry();
				disconnect();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	void afterHeartbeat() {
		long age = System.nanoTime() - this.lastWrite;
		if (!this.complete && (!this.begun || age > this.streams.settings().limits().retention().toNanos() / 3)) {
			open();
			write(null, false, false);
		}
	}

	/**
	 * Its connection ends with the call.
	 */
	@Override
	void redirect() {
	}

}
