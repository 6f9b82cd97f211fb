package io.github.mcpsession.stream;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

import io.github.mcpsession.SessionStoreException;
import org.jspecify.annotations.Nullable;

/**
 * The stream by which this node answers one call. What is sent is written to the log
 * first, then to the connection, if the client still has that; the call does not depend
 * on it.
 * <p>
 * This node is the only writer while it lives, so it numbers the events itself: one that
 * the log has not taken leaves its position missing there. Any thread may send; the lock
 * makes the order in the log that of the connection. A store that does not answer holds
 * the lock for no longer than a store call may take.
 * <p>
 * The id of the request is kept with the stream, so one of more than
 * {@value #MAX_REQUEST_ID} bytes makes the stream one that is not resumable: the log
 * never hears of it, and its events have no ids.
 *
 * @since 0.1.0
 */
public final class CallStream implements SseStream {

	private static final int MAX_REQUEST_ID = 256;

	private final ReentrantLock lock = new ReentrantLock();

	private final StreamContext context;

	private final String session;

	private final String id = StreamIds.newCall();

	private final @Nullable String requestId;

	private final boolean resumable;

	private final Runnable onDisconnect;

	private volatile @Nullable SseConnection connection;

	private long position;

	private long lastWrite;

	private boolean begun;

	private boolean complete;

	/**
	 * Create a stream.
	 * @param context what all streams share
	 * @param session the session id
	 * @param requestId the JSON text of the id of the request, if it is known
	 * @param connection the HTTP response
	 * @param onDisconnect called when the HTTP response is to be ended; more than once
	 */
	public CallStream(StreamContext context, String session, @Nullable String requestId, SseConnection connection,
			Runnable onDisconnect) {
		this.context = context;
		this.session = session;
		this.requestId = requestId;
		this.resumable = requestId == null || (requestId.length() <= MAX_REQUEST_ID
				&& requestId.getBytes(StandardCharsets.UTF_8).length <= MAX_REQUEST_ID);
		this.connection = connection;
		this.onDisconnect = onDisconnect;
	}

	/**
	 * Whether a client can come back for the rest.
	 * @return {@code false} if nothing of the stream is kept
	 */
	public boolean isResumable() {
		return this.resumable;
	}

	/**
	 * Write what the response begins with.
	 * @param primed whether the client takes an event without data, and can come back
	 */
	public void open(boolean primed) {
		this.lock.lock();
		try {
			SseConnection current = this.connection;
			if (current != null && !(primed ? current.prime(eventId()) : current.open())) {
				disconnect();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private String eventId() {
		return new EventId(this.id, this.position, 0).toString();
	}

	/**
	 * Have the log know of the stream, unless it does. A call that is answered at once
	 * does not need this: its only write does it all.
	 * @return whether the log knows; always {@code false} if the stream is not resumable
	 */
	public boolean begin() {
		this.lock.lock();
		try {
			if (!this.begun && !this.complete) {
				write(null, false);
			}
			return this.begun;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * As {@link #begin()}, unless something is being sent, which does the same.
	 */
	public void beginUnlessBusy() {
		if (this.lock.tryLock()) {
			try {
				begin();
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	/**
	 * Send a message.
	 * @param message the message as JSON
	 * @param last whether it is the response
	 */
	public void send(String message, boolean last) {
		this.lock.lock();
		try {
			if (this.complete) {
				return;
			}
			this.position++;
			this.complete = last;
			WriteResult result = write(message, last);
			if (result != null && result.reader() != null) {
				// the client has come back elsewhere: each message goes out on one stream
				disconnect();
				this.context.listener().onAppended(this.session, result.reader());
			}
			else if (result == null || result.written() || WriteResult.GONE.equals(result)) {
				SseConnection current = this.connection;
				if (current != null && !current.send(this.resumable ? eventId() : null, message)) {
					disconnect();
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Nothing more will be sent.
	 */
	public void finish() {
		this.lock.lock();
		try {
			if (!this.complete) {
				this.complete = true;
				if (this.begun || this.position > 0) {
					write(null, true);
				}
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Write to the log.
	 * @return what became of it, {@code null} if the log could not be reached or is not
	 * to know
	 */
	private @Nullable WriteResult write(@Nullable String message, boolean last) {
		if (!this.resumable) {
			return null;
		}
		StreamWrite write = StreamWrite.toCall(this.id, this.context.node(), this.requestId, this.position, message,
				last);
		try {
			WriteResult result = this.context.log().write(this.session, write);
			this.begun |= result.written();
			this.lastWrite = System.nanoTime();
			return result;
		}
		catch (SessionStoreException ex) {
			if (message != null) {
				this.context.listener().onGap(this.session);
			}
			if (last) {
				this.context.listener().onUnwritten(this.session, write);
			}
			return null;
		}
	}

	/**
	 * Let go of the connection, on purpose.
	 * @return {@code false} if the client could not come back for the rest
	 */
	public boolean closeConnection() {
		this.lock.lock();
		try {
			if (this.complete || !begin()) {
				return false;
			}
			SseConnection current = this.connection;
			if (current != null) {
				current.retry(this.context.settings().retry());
				disconnect();
			}
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void heartbeat() {
		if (!this.lock.tryLock()) {
			return;
		}
		try {
			SseConnection current = this.connection;
			if (current != null && !current.heartbeat()) {
				disconnect();
			}
			long age = System.nanoTime() - this.lastWrite;
			if (!this.complete && (!this.begun || age > this.context.settings().limits().retention().toNanos() / 3)) {
				write(null, false);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Whether the call runs on without a connection.
	 * @return whether nobody waits for it here
	 */
	public boolean isDetached() {
		return this.connection == null;
	}

	@Override
	public void release() {
		// its connection ends with the call
	}

	@Override
	public void disconnected() {
		SseConnection current = this.connection;
		if (current != null) {
			current.close();
		}
	}

	private void disconnect() {
		SseConnection current = this.connection;
		if (current != null) {
			this.connection = null;
			current.close();
			this.onDisconnect.run();
		}
	}

}
