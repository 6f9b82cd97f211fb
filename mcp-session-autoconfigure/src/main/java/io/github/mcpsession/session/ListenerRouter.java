package io.github.mcpsession.session;

import java.time.Duration;

import io.github.mcpsession.SessionConflictException;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionNotFoundException;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.MessageType;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics.Delivery;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.support.JsonRpcMessages;
import io.github.mcpsession.support.StoreRetries;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.retry.Retry;

/**
 * Routes messages to where the client of a session listens, which its record says. A
 * message goes out on exactly one stream: that one, or where it is not open, none.
 * Thread-safe.
 *
 * @see ListeningClaims
 */
public final class ListenerRouter {

	private static final Logger logger = LoggerFactory.getLogger(ListenerRouter.class);

	/**
	 * Clients begin to listen while they send what comes after their initialization.
	 */
	private static final int RETRIES = 4;

	private static final Duration FIRST_RETRY = Duration.ofMillis(50);

	private final Node node;

	private final String scope;

	private final SessionStore store;

	private final SessionUpdater updater;

	private final LocalSessions local;

	private final @Nullable NodeStreams streams;

	private final SessionMetrics metrics;

	private final Retry soon;

	private final StoreRetries retries;

	/**
	 * Create a router.
	 * @param node this node
	 * @param scope the managed server
	 * @param store the store
	 * @param updater changes stored sessions
	 * @param local the sessions that this node holds
	 * @param held validates the sessions that messages are about
	 * @param streams the resumable streams, {@code null} if they are not
	 * @param metrics counts
	 * @param retries makes calls again that failed
	 * @param threads where to try again what makes calls to the store
	 */
	public ListenerRouter(Node node, ServerScope scope, SessionStore store, SessionUpdater updater, LocalSessions local,
			HeldSessions held, @Nullable NodeStreams streams, SessionMetrics metrics, StoreRetries retries,
			Scheduler threads) {
		this.node = node;
		this.scope = scope.mark();
		this.store = store;
		this.updater = updater;
		this.local = local;
		this.streams = streams;
		this.metrics = metrics;
		this.soon = Retry.backoff(RETRIES, FIRST_RETRY)
			.scheduler(threads)
			.filter(NotListeningException.class::isInstance)
			.onRetryExhaustedThrow((retry, signal) -> signal.failure());
		this.retries = retries;
		if (streams != null) {
			streams.onListenerBehind(this::catchUp);
		}
		node.on(this.scope, MessageType.DELIVER,
				(message) -> held.validated(message, (session) -> receive(message, session)));
		node.on(this.scope, MessageType.REDELIVER,
				(message) -> held.validated(message, (session) -> receive(message, session)));
		node.on(this.scope, MessageType.CATCH_UP,
				(message) -> held.validated(message, (session) -> session.listening().catchUp()));
	}

	/**
	 * Send a message to a client, by the stream that it listens to.
	 * @param session the session
	 * @param message the message
	 * @return completes when it is sent, or kept for the client; fails for a request to a
	 * client that listens nowhere, and does not begin to within some hundred milliseconds
	 */
	public Mono<Void> send(LocalSession session, JSONRPCMessage message) {
		Mono<Void> sending = Mono.defer(() -> sendNow(session, message));
		if (message instanceof JSONRPCRequest) {
			sending = sending.retryWhen(this.soon);
		}
		return (this.streams != null) ? this.streams.sendFromAnyThread(sending) : sending;
	}

	private Mono<Void> sendNow(LocalSession session, JSONRPCMessage message) {
		Mono<Void> here = sendHere(session, message);
		if (here != null) {
			count(message, Delivery.HERE);
			return here;
		}
		return sendElsewhere(session.id(), message, false);
	}

	/**
	 * Send a notification to a client whose session this node may not hold.
	 * @param sessionId the session id
	 * @param notification the notification
	 * @return completes when it is sent, or kept for the client, or there is no such
	 * session
	 */
	public Mono<Void> notifyClient(String sessionId, JSONRPCNotification notification) {
		LocalSession session = this.local.get(sessionId);
		return (session != null) ? send(session, notification) : sendElsewhere(sessionId, notification, false);
	}

	/**
	 * Send a message by the listening stream, if that is open on this node.
	 * @return completes when it is sent; {@code null} if the client does not listen here
	 */
	private @Nullable Mono<Void> sendHere(LocalSession session, JSONRPCMessage message) {
		Mono<Boolean> sent = session.listening().send(message);
		return (sent != null) ? sent.doOnNext((listens) -> {
			if (!listens) {
				catchUpElsewhere(session.id());
			}
		}).then() : null;
	}

	/**
	 * Each notification is counted once, where it comes from.
	 */
	private void count(JSONRPCMessage message, Delivery delivery) {
		if (message instanceof JSONRPCNotification) {
			this.metrics.notification(delivery);
		}
	}

	private Mono<Void> sendElsewhere(String sessionId, JSONRPCMessage message, boolean again) {
		return (this.streams != null)
				? this.streams.sendFromAnyThread(Mono.defer(() -> keep(this.streams, sessionId, message)))
				: Mono.defer(() -> deliver(sessionId, message, again));
	}

	/**
	 * Have the log keep a message, and the node that the client listens to send it from
	 * there. If the client begins to listen meanwhile, either this sees it, or it finds
	 * the message.
	 */
	private Mono<Void> keep(NodeStreams streams, String sessionId, JSONRPCMessage message) {
		if (message instanceof JSONRPCRequest && !listensSomewhere(sessionId)) {
			return Mono.error(new NotListeningException());
		}
		Delivery delivery = Delivery.LOST;
		try {
			streams.kept().keep(sessionId, message);
			delivery = Delivery.KEPT;
			delivery = catchUp(sessionId);
		}
		catch (SessionStoreException ex) {
			if (delivery == Delivery.LOST) {
				throw ex;
			}
			// it is kept
			this.retries.callLater(() -> catchUp(sessionId));
		}
		finally {
			count(message, delivery);
		}
		return Mono.empty();
	}

	private boolean listensSomewhere(String sessionId) {
		StreamLocation location = this.store.find(sessionId).map(StreamLocation::of).orElse(null);
		return location != null && this.node.nodes().containsKey(location.node());
	}

	/**
	 * Have what the log has for a client sent by the node that it listens to.
	 */
	private Delivery catchUp(String sessionId) {
		SessionRecord record = this.store.find(sessionId).orElse(null);
		if (record == null) {
			return Delivery.LOST;
		}
		StreamLocation location = StreamLocation.of(record);
		if (location != null && !location.node().equals(this.node.name())) {
			return this.node.send(location.node(), NodeMessage.catchUp(this.scope, record, location.stream()))
					? Delivery.ELSEWHERE : Delivery.KEPT;
		}
		LocalSession session = this.local.get(sessionId);
		if (location != null && session != null) {
			session.listening().catchUp();
			return Delivery.HERE;
		}
		if (location == null) {
			markUnread(record);
		}
		return Delivery.KEPT;
	}

	/**
	 * Have the next call of a client that does not listen any more find that something
	 * was kept for it.
	 */
	private void markUnread(SessionRecord record) {
		if (!isReadUp(record)) {
			return;
		}
		try {
			this.updater.update(record.id(), (stored) -> (stored.missed() != null && isReadUp(stored))
					? stored.withMissed(stored.missed().withUnread()) : stored);
		}
		catch (SessionNotFoundException | SessionConflictException ex) {
			logger.debug("What was kept for session {} may not be sent with its next call",
					SessionIds.mask(record.id()), ex);
		}
	}

	private static boolean isReadUp(SessionRecord record) {
		return record.listener() == null && record.missed() != null && !record.missed().unread();
	}

	/**
	 * What was sent by a connection that the client has left is in the log: have it sent
	 * by the one that it listens to now.
	 * @param sessionId the session id
	 */
	void catchUpElsewhere(String sessionId) {
		if (this.streams == null) {
			return;
		}
		try {
			catchUp(sessionId);
		}
		catch (SessionStoreException ex) {
			logger.debug("A message of session {} is sent later", SessionIds.mask(sessionId), ex);
			this.retries.callLater(() -> catchUp(sessionId));
		}
	}

	private Mono<Void> deliver(String sessionId, JSONRPCMessage message, boolean again) {
		SessionRecord record = this.store.find(sessionId).orElse(null);
		StreamLocation location = (record != null) ? StreamLocation.of(record) : null;
		boolean sent = record != null && location != null && !location.node().equals(this.node.name()) && this.node
			.send(location.node(),
					NodeMessage.deliver(this.scope, record, location.stream(), JsonRpcMessages.write(message), again));
		if (!sent && message instanceof JSONRPCRequest) {
			return Mono.error(new NotListeningException());
		}
		if (!again) {
			count(message, sent ? Delivery.ELSEWHERE : Delivery.LOST);
		}
		if (!sent) {
			logger.debug("Session {} has no listening stream open: a notification is lost", SessionIds.mask(sessionId));
		}
		return Mono.empty();
	}

	private void receive(NodeMessage message, LocalSession session) {
		JSONRPCMessage content = JsonRpcMessages.read(message.text());
		Mono<Void> sent = sendHere(session, content);
		if (sent == null && message.type() == MessageType.DELIVER) {
			// the client has moved on meanwhile: follow it, once
			sent = sendElsewhere(session.id(), content, true);
		}
		if (sent != null) {
			sent.subscribe((nothing) -> {
			}, (ex) -> logger.debug("A message could not be delivered", ex));
		}
	}

	/**
	 * A request is for a client that listens nowhere.
	 */
	public static final class NotListeningException extends IllegalStateException {

		NotListeningException() {
			super("The client has no listening stream open");
		}

	}

}
