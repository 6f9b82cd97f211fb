package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import io.github.mcpsession.SessionStoreException;
import org.jspecify.annotations.Nullable;

/**
 * The stream of a call to which the client has come back, on this node, wherever the call
 * runs or has run. Everything that is sent comes from the log, in order: first what was
 * missed, then what is added, until the response.
 * <p>
 * Any thread may call any method; the lock lets one at a time read the log and write to
 * the connection.
 *
 * @since 0.1.0
 */
public final class ResumedStream implements SseStream {

	private static final int PAGE = 100;

	/**
	 * A call that has just begun may not be in the log yet.
	 */
	private static final Duration BEGINNING = Duration.ofMillis(150);

	private static final String NODE_GONE = "The server node that ran this request is gone";

	private static final String EVENTS_GONE = "Messages of this response are no longer available";

	private final ReentrantLock lock = new ReentrantLock();

	private final StreamContext context;

	private final String session;

	private final String stream;

	private final String reader;

	private final SseConnection connection;

	private final Runnable onEnd;

	private final long from;

	private long position;

	private boolean opened;

	private boolean ended;

	private volatile @Nullable String owner;

	/**
	 * Create a stream.
	 * @param context what all streams share
	 * @param session the session id
	 * @param from the last event that the client got
	 * @param reader what tells this connection from others in the cluster
	 * @param connection the HTTP response
	 * @param onEnd called when the HTTP response is to be ended; more than once
	 */
	public ResumedStream(StreamContext context, String session, EventId from, String reader, SseConnection connection,
			Runnable onEnd) {
		this.context = context;
		this.session = session;
		this.stream = from.stream();
		this.from = from.position();
		this.position = this.from;
		this.reader = reader;
		this.connection = connection;
		this.onEnd = onEnd;
	}

	/**
	 * Begin to follow.
	 * @return the state before; empty if the session has no such stream
	 * @throws SessionStoreException if the log cannot be reached
	 */
	public Optional<StreamState> follow() {
		Optional<StreamState> before = this.context.log().setReader(this.session, this.stream, this.reader);
		if (before.isEmpty()) {
			pause();
			before = this.context.log().setReader(this.session, this.stream, this.reader);
		}
		before.ifPresent((state) -> this.owner = state.owner());
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
	 * Write what the response begins with.
	 * @param primed whether the client takes an event without data
	 */
	public void open(boolean primed) {
		this.lock.lock();
		try {
			boolean open = primed ? this.connection.prime(eventId(this.position)) : this.connection.open();
			this.opened = true;
			if (!open) {
				end();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private String eventId(long position) {
		return new EventId(this.stream, position, 0).toString();
	}

	/**
	 * Send what the log has more than the client. Does nothing before the stream is open:
	 * there may be none to follow, and the connection is then for something else.
	 */
	public void catchUp() {
		this.lock.lock();
		try {
			while (this.opened && !this.ended && sendPage()) {
				// there may be more
			}
		}
		catch (SessionStoreException ex) {
			// the next look at the log will do
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * As {@link #catchUp()}, unless somebody else is at it.
	 */
	public void poll() {
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
		Optional<Replay> replay = this.context.log().read(this.session, this.stream, this.position, PAGE);
		if (replay.isEmpty()) {
			end();
			return false;
		}
		StreamState state = replay.get().state();
		for (LoggedEvent event : replay.get().events()) {
			if (event.position() != this.position + 1) {
				lost(state);
				return false;
			}
			if (!this.connection.send(eventId(event.position()), event.message())) {
				end();
				return false;
			}
			this.position = event.position();
		}
		if (replay.get().events().size() == PAGE) {
			return true;
		}
		if (state.last() > this.position) {
			lost(state);
		}
		else if (this.position > state.last() && state.complete()) {
			lost(state);
		}
		else if (state.complete()) {
			if (this.position == this.from) {
				sendEndAgain(state);
			}
			end();
		}
		return false;
	}

	/**
	 * A client that says it has the end may have another message at that position, which
	 * the node that is gone could not write to the log.
	 */
	private void sendEndAgain(StreamState state) {
		if (state.requestId() == null || this.position == 0) {
			return;
		}
		String end = error(state.requestId(), NODE_GONE);
		this.context.log()
			.read(this.session, this.stream, this.position - 1, 1)
			.stream()
			.flatMap((replay) -> replay.events().stream())
			.filter((event) -> event.message().equals(end))
			.forEach((event) -> this.connection.send(eventId(event.position()), end));
	}

	/**
	 * The client asks for what is not there: tell it so.
	 */
	private void lost(StreamState state) {
		if (state.requestId() != null) {
			this.connection.send(eventId(Math.max(state.last(), this.position)), error(state.requestId(), EVENTS_GONE));
		}
		end();
	}

	private static String error(String requestId, String text) {
		return "{\"jsonrpc\":\"2.0\",\"id\":" + requestId + ",\"error\":{\"code\":-32603,\"message\":\"" + text
				+ "\"}}";
	}

	/**
	 * Whether the node that runs the call is none of these.
	 * @param alive the nodes that are alive
	 * @return whether nobody goes on with the call
	 */
	public boolean isAbandoned(Set<String> alive) {
		String runsOn = this.owner;
		return runsOn != null && !runsOn.equals(this.context.node()) && !alive.contains(runsOn);
	}

	/**
	 * End the stream in the place of the node that is gone, unless that had done so. In
	 * the log, so that whoever resumes it later finds the same; after what the client has
	 * and the log has not, as that node could not write it.
	 */
	public void abandon() {
		this.lock.lock();
		try {
			Optional<Replay> replay = this.context.log().read(this.session, this.stream, this.position, 0);
			if (replay.isPresent() && !replay.get().state().complete()) {
				StreamState state = replay.get().state();
				String requestId = state.requestId();
				long last = Math.max(state.last(), this.position);
				this.context.log()
					.write(this.session,
							StreamWrite.toCall(this.stream, String.valueOf(state.owner()), requestId,
									last + ((requestId != null) ? 1 : 0),
									(requestId != null) ? error(requestId, NODE_GONE) : null, true));
			}
			catchUp();
		}
		catch (SessionStoreException ex) {
			// the next look will do
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void heartbeat() {
		if (!this.connection.heartbeat()) {
			end();
		}
	}

	@Override
	public void release() {
		this.connection.retry(this.context.settings().retry());
		end();
	}

	@Override
	public void disconnected() {
		this.connection.close();
	}

	/**
	 * End the HTTP response.
	 */
	public void end() {
		this.lock.lock();
		try {
			this.ended = true;
			this.connection.close();
		}
		finally {
			this.lock.unlock();
		}
		this.onEnd.run();
	}

}
