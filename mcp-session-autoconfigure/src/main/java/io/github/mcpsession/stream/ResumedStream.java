package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.spec.McpSchema;
import org.jspecify.annotations.Nullable;

/**
 * The stream of a call to which the client has come back, on this node, wherever the call
 * runs or has run. Everything that is sent comes from the log, in order: first what was
 * missed, then what is added, until the response.
 * <p>
 * Any thread may call any method; the lock lets one at a time read the log and write to
 * the connection.
 */
public final class ResumedStream extends SseStream {

	private static final int PAGE = 100;

	/**
	 * A call that has just begun may not be in the log yet.
	 */
	private static final Duration BEGINNING = Duration.ofMillis(150);

	private static final String NODE_GONE = "The server node that ran this request is gone";

	private static final String EVENTS_GONE = "Messages of this response are no longer available";

	private final String reader;

	private final EventId from;

	private boolean opened;

	/**
	 * The state of a stream that has ended, if the client says that it has the end.
	 */
	private @Nullable StreamState finished;

	private volatile @Nullable String owner;

	/**
	 * Create a stream.
	 * @param streams the streams of this node
	 * @param session the session
	 * @param from the last event that the client got
	 * @param reader what tells this connection from others in the cluster
	 * @param connection the HTTP response
	 * @param onDisconnect called when the HTTP response is to be ended; more than once
	 */
	ResumedStream(NodeStreams streams, SessionRecord session, EventId from, String reader, SseConnection connection,
			Runnable onDisconnect) {
		super(streams, session, from.stream(), from.position(), connection, onDisconnect);
		this.from = from;
		this.reader = reader;
	}

	/**
	 * Become the reader of the stream.
	 * @return the state before; empty if the session has no such stream
	 * @throws SessionStoreException if the log cannot be reached
	 */
	Optional<StreamState> becomeReader() {
		Optional<StreamState> before = this.streams.log().setReader(this.sessionId, this.id, this.reader);
		if (before.isEmpty()) {
			pause();
			before = this.streams.log().setReader(this.sessionId, this.id, this.reader);
		}
		before.ifPresent((state) -> {
			this.owner = state.owner();
			boolean hasEnd = this.from.announced() != 0 || this.position == state.last();
			this.finished = (state.complete() && hasEnd) ? state : null;
		});
		return before;
	}

	private static void pause() {
		try {
			Thread.sleep(BEGINNING.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Write what the response begins with, or answer that there is nothing more: a client
	 * that reconnects every stream that ends, as an EventSource does, would go on for
	 * ever.
	 * @param primed whether the client takes an event without data
	 */
	void open(boolean primed) {
		this.lock.lock();
		try {
			StreamState end = this.finished;
			if (end != null && !endsWithAnotherMessage()) {
				sendNothing();
				disconnect();
				finish(end);
				return;
			}
			this.opened = true;
			if (!sendFirst(primed)) {
				disconnect();
			}
		}
		catch (SessionStoreException ex) {
			// what was sent is kept for longer
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Send what the log has more than the client. Does nothing before the stream is open:
	 * there may be none to read, and the connection is then for something else.
	 */
	void catchUp() {
		this.lock.lock();
		try {
			while (this.opened && isConnected() && sendPage()) {
				// there may be more
			}
		}
		catch (SessionStoreException ex) {
			// the next poll will do
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * As {@link #catchUp()}, unless somebody else is at it.
	 */
	void poll() {
		if (this.lock.tryLock()) {
			try {
				catchUp();
			}
			finally {
				this.lock.unlock();
			}
		}
	}

	private boolean sendPage() {
		Optional<Replay> replay = this.streams.log().read(this.sessionId, this.id, this.position, PAGE);
		if (replay.isEmpty()) {
			disconnect();
			return false;
		}
		StreamState state = replay.get().state();
		for (LoggedEvent event : replay.get().events()) {
			if (event.position() > this.position + 1 && !skipTo(event.position() - 1)) {
				return false;
			}
			if (!sendToClient(eventId(event.position()), event.message())) {
				return false;
			}
			this.position = event.position();
		}
		if (replay.get().events().size() == PAGE) {
			return true;
		}
		if (!state.complete()) {
			if (state.last() > this.position) {
				skipTo(state.last());
			}
			return false;
		}
		if (state.last() != this.position) {
			reportLoss(state);
			return false;
		}
		if (this.finished != null && state.requestId() != null) {
			sendToClient(endId(this.position), nodeGone(state.requestId()));
		}
		if (isConnected()) {
			disconnect();
			finish(state);
		}
		return false;
	}

	/**
	 * Go on after events that are missing. That may be no more than progress, and costs
	 * the client no response.
	 * @param last the last of them
	 * @return whether the client may have got the message that says so
	 */
	private boolean skipTo(long last) {
		this.position = last;
		return sendToClient(eventId(last), LOST);
	}

	/**
	 * Have the log know that the client was sent all.
	 */
	private void finish(StreamState state) {
		if (!state.isFinished()) {
			this.streams.log()
				.write(this.sessionId,
						StreamWrite
							.toCall(this.id, String.valueOf(state.owner()), state.requestId(), this.position, null,
									true)
							.delivered(true));
		}
	}

	private String eventId(long position) {
		return new EventId(this.id, position, 0).toString();
	}

	/**
	 * The id of an end that another event may have the position of: a client that comes
	 * back with it has that end.
	 */
	private String endId(long position) {
		return new EventId(this.id, position, 1).toString();
	}

	private static String nodeGone(String requestId) {
		return JsonRpcMessages.error(requestId, McpSchema.ErrorCodes.INTERNAL_ERROR, NODE_GONE);
	}

	/**
	 * A client that says it has the end may have another message at that position, which
	 * the node that is gone could not write to the log.
	 */
	private boolean endsWithAnotherMessage() {
		if (this.from.announced() != 0 || this.position == 0) {
			return false;
		}
		try {
			return this.streams.log()
				.read(this.sessionId, this.id, this.position - 1, 1)
				.filter((replay) -> replay.state().requestId() != null)
				.filter((replay) -> replay.events()
					.stream()
					.anyMatch((event) -> event.message().equals(nodeGone(String.valueOf(replay.state().requestId())))))
				.isPresent();
		}
		catch (SessionStoreException ex) {
			// then it is sent when the store responds again
			return true;
		}
	}

	/**
	 * The end is not there: answer the call with an error.
	 */
	private void reportLoss(StreamState state) {
		if (state.requestId() != null) {
			sendToClient((this.position >= state.last()) ? endId(this.position) : eventId(state.last()),
					JsonRpcMessages.error(state.requestId(), McpSchema.ErrorCodes.INTERNAL_ERROR, EVENTS_GONE));
		}
		disconnect();
	}

	/**
	 * Whether the node that runs the call is none of these.
	 * @param alive the nodes that are alive
	 * @return whether nobody goes on with the call
	 */
	boolean isOrphaned(Set<String> alive) {
		String runsOn = this.owner;
		return runsOn != null && !runsOn.equals(this.streams.nodeName()) && !alive.contains(runsOn);
	}

	/**
	 * End the stream in the place of the node that is gone, unless that had done so. In
	 * the log, so that whoever resumes it later finds the same; after what the client has
	 * and the log has not, as that node could not write it.
	 */
	void endOrphaned() {
		this.lock.lock();
		try {
			Optional<Replay> replay = this.streams.log().read(this.sessionId, this.id, this.position, 0);
			if (replay.isPresent() && !replay.get().state().complete()) {
				StreamState state = replay.get().state();
				String requestId = state.requestId();
				long last = Math.max(state.last(), this.position);
				this.streams.log()
					.write(this.sessionId,
							StreamWrite.toCall(this.id, String.valueOf(state.owner()), requestId,
									last + ((requestId != null) ? 1 : 0), (requestId != null) ? JsonRpcMessages
										.error(requestId, McpSchema.ErrorCodes.INTERNAL_ERROR, NODE_GONE) : null,
									true));
			}
			catchUp();
		}
		catch (SessionStoreException ex) {
			// the next try will do
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void disconnected() {
		super.disconnected();
		this.streams.remove(this);
	}

}
