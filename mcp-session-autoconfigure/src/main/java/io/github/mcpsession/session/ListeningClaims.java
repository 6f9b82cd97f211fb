package io.github.mcpsession.session;

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
	 * @param background makes calls to the store that nobody waits for
	 */
	public ListeningClaims(Node node, ServerScope scope, SessionStore store, SessionUpdater updater, HeldSessions held,
			StoredSessionManager manager, ListenerRouter router, Executor background) {
		this.node = node;
		this.scope = scope.mark();
		this.store = store;
		this.updater = updater;
		this.manager = manager;
		this.router = router;
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
			this.updater.update(session.id(), (stored) -> {
				// replaced by another one, or closed, while this claim was under way?
				boolean newest = connection.equals(session.listening().id());
				before.set(newest ? StreamLocation.of(stored) : null);
				return newest ? now.applyTo(stored) : stored;
			});
			session.listening().claimed(connection);
			StreamLocation replaced = before.get();
			if (replaced != null && !replaced.node().equals(this.node.name())) {
				this.node.send(replaced.node(),
						NodeMessage.stopListening(this.scope, session.record(), replaced.stream()));
			}
		}
		catch (SessionNotFoundException ex) {
			this.manager.endMissing(session);
			session.listening().close(connection);
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
		if (connection != null) {
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

	/**
	 * Close a connection that was replaced by one on another node, and have that check
	 * whether something was still sent by this one.
	 */
	private void stopListening(LocalSession session, @Nullable String connection) {
		if (session.listening().close(connection)) {
			this.router.catchUpElsewhere(session.id());
		}
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
						(stored) -> here.equals(StreamLocation.of(stored)) ? stored.withListener(null) : stored);
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
