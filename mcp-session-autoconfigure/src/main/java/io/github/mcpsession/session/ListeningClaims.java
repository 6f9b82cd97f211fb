package io.github.mcpsession.session;

import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

import io.github.mcpsession.SessionConflictException;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionNotFoundException;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.MessageType;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.stream.MissedMessages;
import io.github.mcpsession.stream.NodeStreams;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the records of sessions up to date with where their clients listen: claims a
 * session for a connection to this node, and gives it up when that is closed.
 * Thread-safe.
 *
 * @see StreamLocation
 */
public final class ListeningClaims {

	private static final Logger logger = LoggerFactory.getLogger(ListeningClaims.class);

	private final Node node;

	private final String scope;

	private final SessionStore store;

	private final SessionUpdater updater;

	private final StoredSessionManager manager;

	private final ListenerRouter router;

	private final @Nullable NodeStreams deliveringStreams;

	private final Executor background;

	/**
	 * Create them.
	 * @param node this node
	 * @param scope the managed server
	 * @param store the store
	 * @param updater changes stored sessions
	 * @param held validates the sessions that messages are about
	 * @param manager ends sessions
	 * @param router sends messages to where the client listens
	 * @param deliveringStreams the resumable streams, {@code null} if what is kept for
	 * clients that do not listen any more is not sent with their calls
	 * @param background makes calls to the store that nobody waits for
	 */
	public ListeningClaims(Node node, ServerScope scope, SessionStore store, SessionUpdater updater, HeldSessions held,
			StoredSessionManager manager, ListenerRouter router, @Nullable NodeStreams deliveringStreams,
			Executor background) {
		this.node = node;
		this.scope = scope.mark();
		this.store = store;
		this.updater = updater;
		this.manager = manager;
		this.router = router;
		this.deliveringStreams = deliveringStreams;
		this.background = background;
		node.on(this.scope, MessageType.STOP_LISTENING,
				(message) -> held.validated(message, (session) -> stopListening(session, message.stream())));
	}

	/**
	 * Save that the client listens here, and have the stream end that it listened to
	 * before. What fails is done again by {@link #refresh}.
	 * @param session the session
	 * @param connection the id of the connection
	 */
	public void claim(LocalSession session, String connection) {
		StreamLocation now = new StreamLocation(this.node.name(), connection);
		AtomicReference<@Nullable StreamLocation> before = new AtomicReference<>();
		try {
			long since = System.nanoTime();
			SessionRecord claimed = this.updater.update(session.id(), (stored) -> {
				// replaced by another one, or closed, while this claim was under way?
				boolean newest = connection.equals(session.listening().id());
				before.set(newest ? StreamLocation.of(stored) : null);
				return newest ? now.applyTo(stored) : stored;
			});
			session.refresh(claimed, since);
			session.listening().claimed(connection);
			StreamLocation replaced = before.get();
			if (replaced != null && !replaced.node().equals(this.node.name())) {
				this.node.send(replaced.node(),
						NodeMessage.stopListening(this.scope, session.record(), replaced.stream()));
			}
		}
		catch (SessionNotFoundException ex) {
			this.manager.endMissing(session);
			session.listening().close();
		}
		catch (SessionStoreException | SessionConflictException ex) {
			logger.debug("Other nodes do not know yet where session {} listens", SessionIds.mask(session.id()), ex);
			session.use().touchSoon();
		}
	}

	/**
	 * Make up for messages, or a claim, that were lost while the store was unavailable. A
	 * client that only listens sends no request that would.
	 * @param session the session
	 * @throws SessionStoreException if the store cannot be reached
	 */
	public void refresh(LocalSession session) {
		String connection = session.listening().id();
		if (connection == null) {
			// a connection that was left open for one on a node that has none any more
			if (session.listening().hasIdle() && !listensElsewhere(session)) {
				takeOver(session, Runnable::run);
			}
		}
		else {
			long since = System.nanoTime();
			this.store.find(session.id()).ifPresent((stored) -> {
				session.refresh(stored, since);
				StreamLocation here = new StreamLocation(this.node.name(), connection);
				StreamLocation now = StreamLocation.of(stored);
				if (now != null && session.listening().isClaimed(connection) && !now.equals(here)) {
					// replaced by another one, and the message about it was lost
					stopListening(session, connection);
				}
				else if (!here.equals(now)) {
					claim(session, connection);
				}
				else {
					// a message about something that was kept may have been lost
					this.node.run(session.id(), session.listening()::catchUp);
				}
			});
		}
	}

	private boolean listensElsewhere(LocalSession session) {
		StreamLocation location = this.store.find(session.id()).map(StreamLocation::of).orElse(null);
		return location != null && this.node.nodes().containsKey(location.node());
	}

	/**
	 * A connection was closed: have another one that was left open on this node take
	 * over, or else save that the client does not listen here any more. The caller does
	 * not wait.
	 * @param session the session
	 * @param connection the id of the connection that was closed
	 */
	public void handOver(LocalSession session, String connection) {
		if (!takeOver(session, this.background)) {
			giveUp(session, connection);
		}
	}

	private boolean takeOver(LocalSession session, Executor executor) {
		String next = session.listening().promote();
		if (next != null) {
			executor.execute(() -> {
				claim(session, next);
				session.listening().wake();
			});
		}
		return next != null;
	}

	/**
	 * Leave a connection idle that was replaced by one on another node, and have that
	 * check whether something was still sent by this one.
	 */
	private void stopListening(LocalSession session, @Nullable String connection) {
		if (session.listening().retire(connection)) {
			this.router.catchUpElsewhere(session.id());
		}
	}

	/**
	 * Only if it will be sent by calls what is kept for it, it is asked for.
	 */
	private SessionRecord left(SessionRecord stored) {
		SessionRecord left = stored.withListener(null);
		return (this.deliveringStreams != null) ? left.withMissed(SessionRecord.Missed.UNREAD) : left;
	}

	/**
	 * Take what was kept for a client that has listened, and does not now, on any node.
	 * Whoever takes it first sends it. Asks the store only if there may be something, by
	 * what is known on this node.
	 * @param session the session, as the store has it
	 * @return notifications as JSON, to be sent with a call
	 */
	public List<String> takeMissed(LocalSession session) {
		NodeStreams streams = this.deliveringStreams;
		if (streams == null || !mayHaveMissed(session)) {
			return List.of();
		}
		AtomicReference<@Nullable MissedMessages> taken = new AtomicReference<>();
		try {
			long since = System.nanoTime();
			SessionRecord changed = this.updater.update(session.id(), (stored) -> {
				MissedMessages found = hasLeft(stored) ? streams.kept()
					.missed(stored, (announcement) -> SubscribedResources.isFor(stored, announcement)) : null;
				taken.set((found != null && isNews(stored, found)) ? found : null);
				MissedMessages news = taken.get();
				return (news != null) ? stored.withListener(null).withMissed(news.state()) : stored;
			});
			session.refresh(changed, since);
		}
		catch (SessionNotFoundException | SessionStoreException | SessionConflictException ex) {
			logger.debug("What session {} has missed is sent later", SessionIds.mask(session.id()), ex);
			session.listening().missed();
			return List.of();
		}
		MissedMessages news = taken.get();
		if (news == null) {
			return List.of();
		}
		try {
			streams.kept().delivered(session.id(), news.state());
		}
		catch (SessionStoreException ex) {
			logger.debug("What session {} was sent may be sent again", SessionIds.mask(session.id()), ex);
		}
		return news.messages();
	}

	private static boolean isNews(SessionRecord stored, MissedMessages found) {
		return !found.messages().isEmpty() || stored.listener() != null || stored.missed() == null
				|| stored.missed().unread();
	}

	private boolean mayHaveMissed(LocalSession session) {
		SessionRecord record = session.record();
		StreamLocation location = StreamLocation.of(record);
		if (location == null) {
			return record.missed() != null && (session.listening().takeMissed() || record.missed().unread());
		}
		Set<String> others = this.node.lastSeenOthers();
		return others != null && !location.node().equals(this.node.name()) && !others.contains(location.node())
				&& session.listening().isFirstLook(others);
	}

	/**
	 * Whether a client listens nowhere, as far as the store knows.
	 */
	private boolean hasLeft(SessionRecord stored) {
		StreamLocation location = StreamLocation.of(stored);
		if (location == null) {
			return stored.missed() != null;
		}
		if (!this.node.isSteady()) {
			return false;
		}
		Set<String> alive = this.node.nodes().keySet();
		return alive.contains(this.node.name()) && !alive.contains(location.node());
	}

	/**
	 * Save, without the caller waiting, that the client does not listen here any more.
	 * @param session the session
	 * @param connection the id of the connection that was closed
	 */
	public void giveUp(LocalSession session, String connection) {
		StreamLocation here = new StreamLocation(this.node.name(), connection);
		this.background.execute(() -> {
			try {
				SessionRecord now = this.updater.update(session.id(),
						(stored) -> here.equals(StreamLocation.of(stored)) ? left(stored) : stored);
				if (StreamLocation.of(now) != null) {
					// what was sent by this one before it was found to have ended
					this.router.catchUpElsewhere(session.id());
				}
			}
			catch (SessionNotFoundException | SessionStoreException | SessionConflictException ex) {
				logger.debug("The end of a listening stream was not saved", ex);
			}
		});
	}

}
