package io.github.mcpsession.stream;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;

/**
 * The listening stream of a session whose client listens to this node. A session has one
 * such stream in the log, whichever node it is open on; what is kept for a client that
 * does not listen is in it as well. Announcements are not: they are kept once for all.
 * <p>
 * Opened in two steps: first {@link #open}, which writes what the response begins with,
 * then, once messages come to this stream, {@link #start}, which sends what was kept. Who
 * sends something in between starts the stream first.
 * <p>
 * Any thread may send. Other nodes may write to the log at the same time, so the log
 * numbers the events, and what others wrote is sent first. While the store cannot be
 * reached messages are sent without an id, and the log is given their number later.
 */
public final class ListeningStream extends SseStream {

	private static final int PAGE = 100;

	private final long sessionCreatedAt;

	private final Predicate<Announcement> condition;

	private final Supplier<SessionRecord.@Nullable Missed> sentWithCalls;

	private @Nullable EventId resumedFrom;

	/**
	 * Whether {@link #position} is known.
	 */
	private boolean positioned;

	/**
	 * Whether what was kept has been sent.
	 */
	private boolean started;

	/**
	 * Whether the client has missed something that it was not sent a message about.
	 */
	private boolean lost;

	/**
	 * Whether the client has opened another listening stream since. This one is kept
	 * open, and gets nothing.
	 */
	private volatile boolean idle;

	/**
	 * Whether it is to go on where that other stream has got to, before anything else.
	 */
	private volatile boolean promoted;

	private long announced;

	/**
	 * Up to where announcements were replayed; those that come live may overtake each
	 * other.
	 */
	private long replayed;

	private long savedPosition = -1;

	private long savedAnnounced = -1;

	/**
	 * How many events were sent since the last write that are not in the log.
	 */
	private long missed;

	/**
	 * Which of them may be in the log after all, since nobody knows what became of the
	 * write: hashes of their texts.
	 */
	private final List<String> unsure = new ArrayList<>();

	/**
	 * The topics of announcements that were sent while the log could not be reached.
	 */
	private final Set<String> unnumbered = new HashSet<>();

	/**
	 * Whether the log may have more than was sent.
	 */
	private boolean owed;

	/**
	 * Create a stream.
	 * @param streams the streams of this node
	 * @param session the session
	 * @param resumedFrom the last event that the client got, {@code null} if it does not
	 * resume
	 * @param condition which announcements are for this session
	 * @param sentWithCalls what the client was sent with calls; once it listens by this
	 * stream, that changes no more
	 * @param connection the HTTP response
	 * @param onDisconnect called when the HTTP response is to be ended; more than once
	 */
	ListeningStream(NodeStreams streams, SessionRecord session, @Nullable EventId resumedFrom,
			Predicate<Announcement> condition, Supplier<SessionRecord.@Nullable Missed> sentWithCalls,
			SseConnection connection, Runnable onDisconnect) {
		super(streams, session, StreamIds.listening(session.id()), 0, connection, onDisconnect);
		this.sessionCreatedAt = session.createdAt().toEpochMilli();
		this.resumedFrom = resumedFrom;
		this.condition = condition;
		this.sentWithCalls = sentWithCalls;
	}

	/**
	 * Whether an event id is one of the listening stream of a session.
	 * @param sessionId the session id
	 * @param event the event id
	 * @return whether it is
	 */
	static boolean isOf(String sessionId, EventId event) {
		return StreamIds.listening(sessionId).equals(event.stream());
	}

	/**
	 * Write what the response begins with.
	 * @param primed whether the client takes an event without data
	 * @param lostSome whether the client has missed something
	 * @return whether the client may have got it; if not, the connection is left to be
	 * ended
	 */
	boolean open(boolean primed, boolean lostSome) {
		this.lock.lock();
		try {
			this.lost = lostSome;
			try {
				findPosition();
			}
			catch (SessionStoreException ex) {
				// found later
			}
			return sendFirst(primed && this.positioned);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Send what was kept. To be called once messages come to this stream, so that none is
	 * kept unseen after this.
	 */
	public void start() {
		this.lock.lock();
		try {
			if (this.idle) {
				return;
			}
			if (this.lost) {
				reportLoss();
			}
			if (this.started) {
				catchUp(this.missed);
				saveProgress();
			}
			else if (this.positioned) {
				begin();
			}
		}
		catch (SessionStoreException ex) {
			this.owed = true;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The client listens by another stream from now on.
	 */
	public void becomeIdle() {
		this.idle = true;
		this.streams.saveProgressSoon(this);
	}

	/**
	 * The client listens by this stream again, since the other has ended.
	 */
	public void promote() {
		this.promoted = true;
	}

	/**
	 * Send what was kept since then, on a thread that may wait for the client.
	 * @param other the other stream, {@code null} if it was on another node
	 */
	public void wake(@Nullable ListeningStream other) {
		this.streams.runSoon(() -> {
			try {
				if (other != null) {
					other.saveProgress();
				}
			}
			catch (SessionStoreException ex) {
				// then something may be sent twice
			}
			catchUp();
		});
	}

	private void comeBackIfPromoted() {
		if (this.promoted) {
			this.promoted = false;
			this.idle = false;
			this.positioned = false;
			this.started = false;
			this.missed = 0;
			this.savedPosition = -1;
		}
	}

	/**
	 * Find out where to go on and send what was kept, unless that was done.
	 */
	private void begin() {
		comeBackIfPromoted();
		if (!this.positioned) {
			findPosition();
		}
		if (!this.started) {
			if (this.lost) {
				reportLoss();
			}
			replay();
		}
	}

	@Override
	String eventId() {
		return new EventId(this.id, this.position, this.announced).toString();
	}

	/**
	 * Find out where to go on. A client that names an event that there never was has lost
	 * something.
	 */
	private void findPosition() {
		Optional<StreamState> state = this.streams.log().read(this.sessionId, this.id, 0, 0).map(Replay::state);
		long last = state.map(StreamState::last).orElse(0L);
		long sent = Math.max(state.map(StreamState::announced).orElse(0L), this.sessionCreatedAt);
		EventId from = this.resumedFrom;
		boolean passed = from != null && from.position() > last;
		if (from == null || passed) {
			this.position = state.map(StreamState::delivered).orElse(0L);
			this.announced = sent;
		}
		else {
			this.position = from.position();
			this.announced = (from.announced() != 0) ? from.announced() : sent;
		}
		this.resumedFrom = null;
		this.positioned = true;
		this.lost |= passed;
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
		this.started = true;
		saveProgress();
	}

	private void replayAnnouncements() {
		List<Announcement> missedOnes = this.streams.log().announcementsAfter(this.announced);
		if (!missedOnes.isEmpty()) {
			this.replayed = Math.max(this.announced, missedOnes.get(missedOnes.size() - 1).number());
			// first, so that they are sent once also if another stream replaces this
			this.streams.log().delivered(this.sessionId, this.id, this.position, this.replayed);
			missedOnes.stream()
				.filter(this.condition)
				.filter((announcement) -> !wasSentWithACall(announcement))
				.forEach(this::sendAnnouncement);
			this.announced = this.replayed;
		}
		this.replayed = this.announced;
	}

	/**
	 * Send a message.
	 * @param message the message
	 */
	public void send(JSONRPCMessage message) {
		send(this.streams.write(message));
	}

	/**
	 * Send a message.
	 * @param message the message as JSON
	 * @return whether the client may have got it
	 */
	boolean send(String message) {
		this.lock.lock();
		try {
			begin();
			long before = this.position;
			long skipped = this.missed;
			WriteResult result = this.streams.log()
				.write(this.sessionId, StreamWrite.toListener(this.id, skipped, message, true));
			this.missed = 0;
			if (!result.written()) {
				return sendToClient(null, message);
			}
			if (result.last() > before && result.last() != before + skipped + 1) {
				return catchUpOrOwe(skipped);
			}
			this.unsure.clear();
			return sendAt(result.last(), message);
		}
		catch (SessionStoreException ex) {
			this.missed++;
			this.unsure.add(SessionIds.hash(message));
			this.streams.onGap();
			return sendToClient(null, message);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * The message that the last write was for is in the log, behind others.
	 */
	private boolean catchUpOrOwe(long known) {
		try {
			catchUp(known);
			saveProgress();
		}
		catch (SessionStoreException ex) {
			this.owed = true;
		}
		return true;
	}

	/**
	 * Send an announcement, unless that was done.
	 * @param announcement the announcement, with the number 0 if it is not in the log
	 * @param again whether it was sent before, with the number 0, to those that listened
	 * then
	 */
	public void announce(Announcement announcement, boolean again) {
		this.lock.lock();
		try {
			if (announcement.number() == 0) {
				beginIfPositioned();
				this.unnumbered.add(announcement.topic());
				sendToClient(null, announcement.message());
				return;
			}
			// what cannot begin now is sent this when it can
			begin();
			if (again && this.unnumbered.remove(announcement.topic())) {
				this.announced = Math.max(this.announced, announcement.number());
			}
			else if (announcement.number() > this.replayed) {
				sendAnnouncement(announcement);
			}
		}
		catch (SessionStoreException ex) {
			this.owed = true;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void beginIfPositioned() {
		try {
			if (this.positioned || this.promoted) {
				begin();
			}
		}
		catch (SessionStoreException ex) {
			// the next heartbeat will do
		}
	}

	private void sendAnnouncement(Announcement announcement) {
		long before = this.announced;
		this.announced = Math.max(before, announcement.number());
		String eventId = (announcement.number() <= before) ? eventId() + '.' + announcement.number() : eventId();
		if (!sendToClient(this.positioned ? eventId : null, announcement.message())) {
			this.announced = before;
		}
	}

	/**
	 * Send what the log has more than the client.
	 */
	public void catchUp() {
		this.lock.lock();
		try {
			begin();
			catchUp(this.missed);
			this.owed = false;
			saveProgress();
		}
		catch (SessionStoreException ex) {
			this.owed = true;
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
			Optional<Replay> replay = this.streams.log().read(this.sessionId, this.id, this.position, PAGE);
			events = replay.map(Replay::events).orElse(List.of());
			for (LoggedEvent event : events) {
				long missing = event.position() - this.position - 1;
				if (missing > known) {
					reportLoss();
				}
				boolean sent = wasSentWithACall(event)
						|| (!this.unsure.isEmpty() && this.unsure.remove(SessionIds.hash(event.message())));
				if (sent) {
					this.position = event.position();
				}
				else if (!sendAt(event.position(), event.message())) {
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
					reportLoss();
				}
				this.position = last;
			}
		}
		while (events.size() == PAGE);
		if (this.missed == 0) {
			this.unsure.clear();
		}
	}

	private boolean wasSentWithACall(LoggedEvent event) {
		SessionRecord.Missed missed = this.sentWithCalls.get();
		return missed != null && event.position() > missed.from() && event.position() <= missed.sent();
	}

	private boolean wasSentWithACall(Announcement announcement) {
		SessionRecord.Missed missed = this.sentWithCalls.get();
		return missed != null && announcement.number() > missed.announcedFrom()
				&& announcement.number() <= missed.announced();
	}

	private boolean sendAt(long next, String message) {
		long before = this.position;
		this.position = next;
		boolean sent = sendToClient(eventId(), message);
		if (!sent) {
			this.position = before;
		}
		return sent;
	}

	private void reportLoss() {
		this.lost = false;
		sendToClient(this.positioned ? eventId() : null, LOST);
	}

	@Override
	void afterHeartbeat() {
		if (!isConnected() || (this.idle && !this.promoted)) {
			return;
		}
		begin();
		if (this.missed > 0) {
			long known = this.missed;
			WriteResult result = this.streams.log()
				.write(this.sessionId, StreamWrite.toListener(this.id, known, null, false));
			this.missed = 0;
			if (result.last() == this.position + known) {
				this.position = result.last();
				this.unsure.clear();
			}
			else {
				catchUp(known);
			}
		}
		if (this.owed) {
			catchUp(this.missed);
			this.owed = false;
		}
		saveProgress();
	}

	/**
	 * Have the log know how far the client is, for when it comes back without an event
	 * id. One that has left is told of what it was sent in vain, when it is back.
	 * @throws SessionStoreException if the log cannot be reached
	 */
	void saveProgress() {
		this.lock.lock();
		try {
			if (!isConnected() && this.missed > 0) {
				this.streams.writeLater(this.sessionId, StreamWrite.toListener(this.id, this.missed, null, false));
				this.missed = 0;
			}
			if (this.positioned && (this.position != this.savedPosition || this.announced != this.savedAnnounced)) {
				this.streams.log().delivered(this.sessionId, this.id, this.position, this.announced);
				this.savedPosition = this.position;
				this.savedAnnounced = this.announced;
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void disconnected() {
		super.disconnected();
		if (this.streams.remove(this) && !this.idle) {
			this.streams.saveProgressSoon(this);
		}
	}

}
