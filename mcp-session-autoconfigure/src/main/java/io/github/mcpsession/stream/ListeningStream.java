package io.github.mcpsession.stream;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

import io.github.mcpsession.SessionStoreException;
import org.jspecify.annotations.Nullable;

/**
 * The listening stream of a session whose client listens to this node. A session has one
 * such stream in the log, whichever node it is open on; what is kept for a client that
 * does not listen is in it as well. Announcements are not: they are kept once for all.
 * <p>
 * Any thread may send; the lock makes the order in the log that of the connection. Other
 * nodes may write to the log at the same time, so the log numbers the events, and what
 * others wrote is sent first. While the store cannot be reached messages are sent without
 * an id, and the log is told later how many.
 *
 * @since 0.1.0
 */
public final class ListeningStream implements SseStream {

	private static final int PAGE = 100;

	private static final String LOST = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\",\"params\":"
			+ "{\"level\":\"warning\",\"logger\":\"mcp-session\",\"data\":{\"reason\":\"messages-lost\",\"message\":"
			+ "\"Messages that were sent since this stream was last open are no longer available\"}}}";

	private final ReentrantLock lock = new ReentrantLock();

	private final StreamContext context;

	private final String session;

	private final String id;

	private final Instant sessionCreatedAt;

	private final Predicate<Announcement> condition;

	private final SseConnection connection;

	private final Runnable onDisconnect;

	private @Nullable EventId resumedFrom;

	private boolean positioned;

	private long position;

	private long announced;

	/**
	 * Up to where announcements were replayed; those that come live may overtake each
	 * other.
	 */
	private long replayed;

	private long noted = -1;

	private long notedAnnounced = -1;

	/**
	 * How many events were sent since the last write that are not in the log.
	 */
	private long missed;

	/**
	 * Create a stream.
	 * @param context what all streams share
	 * @param session the session id
	 * @param sessionCreatedAt when the session was created, by the store's clock
	 * @param resumedFrom the last event that the client got, {@code null} if it does not
	 * resume
	 * @param condition which announcements are for this session
	 * @param connection the HTTP response
	 * @param onDisconnect called when the HTTP response is to be ended; more than once
	 */
	public ListeningStream(StreamContext context, String session, Instant sessionCreatedAt,
			@Nullable EventId resumedFrom, Predicate<Announcement> condition, SseConnection connection,
			Runnable onDisconnect) {
		this.context = context;
		this.session = session;
		this.id = StreamIds.listening(session);
		this.sessionCreatedAt = sessionCreatedAt;
		this.resumedFrom = resumedFrom;
		this.condition = condition;
		this.connection = connection;
		this.onDisconnect = onDisconnect;
	}

	/**
	 * Whether an event id is one of the listening stream of a session.
	 * @param session the session id
	 * @param event the event id
	 * @return whether it is
	 */
	public static boolean isOf(String session, EventId event) {
		return StreamIds.listening(session).equals(event.stream());
	}

	/**
	 * Write a message for a client that does not listen here.
	 * @param context what all streams share
	 * @param session the session id
	 * @param message the message as JSON
	 * @throws SessionStoreException if the log cannot be reached
	 */
	public static void keep(StreamContext context, String session, String message) {
		context.log().write(session, StreamWrite.toListener(StreamIds.listening(session), 0, message, false));
	}

	/**
	 * Write what the response begins with, and what was kept.
	 * @param primed whether the client takes an event without data
	 * @param lost whether to tell the client that it has missed something
	 * @param register has messages come to this stream; called after the first bytes, and
	 * before what was kept
	 */
	public void open(boolean primed, boolean lost, Runnable register) {
		this.lock.lock();
		try {
			boolean passed = false;
			try {
				passed = findPosition();
			}
			catch (SessionStoreException ex) {
				// found later
			}
			boolean open = (primed && this.positioned) ? this.connection.prime(eventId()) : this.connection.open();
			register.run();
			if (!open) {
				disconnect();
				return;
			}
			if (lost || passed) {
				tellOfLoss();
			}
			if (this.positioned) {
				replay();
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
	 * Find out where to go on and send what was kept, if that could not be done when this
	 * was opened.
	 */
	private void begin() {
		if (!this.positioned) {
			if (findPosition()) {
				tellOfLoss();
			}
			replay();
		}
	}

	private String eventId() {
		return new EventId(this.id, this.position, this.announced).toString();
	}

	/**
	 * Find out where to go on.
	 * @return whether the client names an event that there never was
	 */
	private boolean findPosition() {
		Optional<StreamState> state = this.context.log().read(this.session, this.id, 0, 0).map(Replay::state);
		long last = state.map(StreamState::last).orElse(0L);
		long told = Math.max(state.map(StreamState::announced).orElse(0L), this.sessionCreatedAt.toEpochMilli());
		EventId from = this.resumedFrom;
		boolean passed = from != null && from.position() > last;
		if (from == null || passed) {
			this.position = state.map(StreamState::delivered).orElse(0L);
			this.announced = told;
		}
		else {
			this.position = from.position();
			this.announced = (from.announced() != 0) ? from.announced() : told;
		}
		this.resumedFrom = null;
		this.positioned = true;
		return passed;
	}

	/**
	 * Send what was kept. If the store goes away meanwhile, the position is to be found
	 * again, from where this got to.
	 */
	private void replay() {
		try {
			catchUp(0);
			replayAnnouncements();
		}
		catch (SessionStoreException ex) {
			this.resumedFrom = new EventId(this.id, this.position, this.announced);
			this.positioned = false;
			throw ex;
		}
		note();
	}

	private void replayAnnouncements() {
		List<Announcement> missedOnes = this.context.log().announcementsAfter(this.announced);
		if (!missedOnes.isEmpty()) {
			this.replayed = Math.max(this.announced, missedOnes.get(missedOnes.size() - 1).number());
			// first, so that they are told once also if another stream replaces this
			this.context.log().delivered(this.session, this.id, this.position, this.replayed);
			missedOnes.stream().filter(this.condition).forEach(this::sendAnnouncement);
			this.announced = this.replayed;
		}
		this.replayed = this.announced;
	}

	/**
	 * Send a message.
	 * @param message the message as JSON
	 * @return whether the client may have got it
	 */
	public boolean send(String message) {
		this.lock.lock();
		try {
			begin();
			long before = this.position;
			long skipped = this.missed;
			WriteResult result = this.context.log()
				.write(this.session, StreamWrite.toListener(this.id, skipped, message, true));
			this.missed = 0;
			if (!result.written()) {
				return delivered(this.connection.send(null, message));
			}
			if (result.last() > before && result.last() != before + skipped + 1) {
				catchUp(skipped);
				note();
				return true;
			}
			return sendAt(result.last(), message);
		}
		catch (SessionStoreException ex) {
			this.missed++;
			this.context.listener().onGap(this.session);
			return delivered(this.connection.send(null, message));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Send an announcement, unless that was done.
	 * @param announcement the announcement, with the number 0 if it is not in the log
	 */
	public void announce(Announcement announcement) {
		this.lock.lock();
		try {
			if (announcement.number() == 0) {
				delivered(this.connection.send(null, announcement.message()));
			}
			else if (!this.positioned || announcement.number() > this.replayed) {
				sendAnnouncement(announcement);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void sendAnnouncement(Announcement announcement) {
		boolean late = announcement.number() <= this.announced;
		this.announced = Math.max(this.announced, announcement.number());
		String eventId = late ? eventId() + '.' + announcement.number() : eventId();
		delivered(this.connection.send(this.positioned ? eventId : null, announcement.message()));
	}

	/**
	 * Send what the log has more than the client.
	 */
	public void catchUp() {
		this.lock.lock();
		try {
			begin();
			catchUp(this.missed);
			note();
		}
		catch (SessionStoreException ex) {
			// the next look at the log will do
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Send what the log has more than the client.
	 * @param known how many missing events the client has nevertheless
	 */
	private void catchUp(long known) {
		List<LoggedEvent> events;
		do {
			Optional<Replay> replay = this.context.log().read(this.session, this.id, this.position, PAGE);
			events = replay.map(Replay::events).orElse(List.of());
			for (LoggedEvent event : events) {
				long missing = event.position() - this.position - 1;
				if (missing > known) {
					tellOfLoss();
				}
				if (!sendAt(event.position(), event.message())) {
					return;
				}
			}
			long last = replay.map((found) -> found.state().last()).orElse(0L);
			if (replay.isPresent() && last < this.position) {
				// the log has lost what the client has, as a replica that was behind
				this.position = Math.min(last, replay.get().state().delivered());
				catchUp(known);
				return;
			}
			if (events.size() < PAGE && last > this.position) {
				if (last - this.position > known) {
					tellOfLoss();
				}
				this.position = last;
			}
		}
		while (events.size() == PAGE);
	}

	private boolean sendAt(long next, String message) {
		long before = this.position;
		this.position = next;
		boolean sent = delivered(this.connection.send(eventId(), message));
		if (!sent) {
			this.position = before;
		}
		return sent;
	}

	private void tellOfLoss() {
		delivered(this.connection.send(this.positioned ? eventId() : null, LOST));
	}

	private boolean delivered(boolean sent) {
		if (!sent) {
			disconnect();
		}
		return sent;
	}

	@Override
	public void heartbeat() {
		if (!this.connection.heartbeat()) {
			disconnect();
			return;
		}
		if (!this.lock.tryLock()) {
			return;
		}
		try {
			begin();
			if (this.missed > 0) {
				long known = this.missed;
				WriteResult result = this.context.log()
					.write(this.session, StreamWrite.toListener(this.id, known, null, false));
				this.missed = 0;
				if (result.last() == this.position + known) {
					this.position = result.last();
				}
				else {
					catchUp(known);
				}
			}
			note();
		}
		catch (SessionStoreException ex) {
			// the next heartbeat will do
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Have the log know how far the client is, for when it comes back without saying so.
	 * @throws SessionStoreException if the log cannot be reached
	 */
	public void note() {
		this.lock.lock();
		try {
			if (this.positioned && (this.position != this.noted || this.announced != this.notedAnnounced)) {
				this.context.log().delivered(this.session, this.id, this.position, this.announced);
				this.noted = this.position;
				this.notedAnnounced = this.announced;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void release() {
		this.connection.retry(this.context.settings().retry());
		disconnect();
	}

	@Override
	public void disconnected() {
		this.connection.close();
	}

	private void disconnect() {
		this.connection.close();
		this.onDisconnect.run();
	}

}
