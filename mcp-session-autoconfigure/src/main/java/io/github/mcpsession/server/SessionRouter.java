package io.github.mcpsession.server;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

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
import io.github.mcpsession.session.AnnouncementFeed;
import io.github.mcpsession.session.HeldSessions;
import io.github.mcpsession.session.LocalSessions;
import io.github.mcpsession.session.SessionUpdater;
import io.github.mcpsession.session.StreamLocation;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.support.JsonRpcMessages;
import io.github.mcpsession.support.RequestNotifications;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import io.github.mcpsession.session.LocalSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Brings messages of sessions to the node that can do something with them, and handles
 * those that other nodes bring here.
 * <p>
 * A session's record says on which node the client listens. A message goes out on exactly
 * one stream: that one, or where it is not open, none. What other nodes send is handled
 * in order per session, on threads of the cluster; nothing they send is believed about a
 * session that the store does not have, or has for another principal.
 */
final class SessionRouter {

	private static final Logger logger = LoggerFactory.getLogger(SessionRouter.class);

	private static final Duration FORGET_RESOURCES_AFTER = Duration.ofMinutes(5);

	/**
	 * Answers go through the store, and through the memory of the node that asked.
	 */
	private static final int MAX_ANSWER_BYTES = 1 << 20;

	private final Node cluster;

	private final String scope;

	private final SessionStore store;

	private final SessionUpdater updater;

	private final LocalSessions local;

	private final HeldSessions held;

	private final Executor background;

	private final Scheduler handlerThreads;

	private final Consumer<LocalSession> onGone;

	private final @Nullable NodeStreams streams;

	private final @Nullable AnnouncementFeed feed;

	private final SessionMetrics metrics;

	private final SubscribedResources resources = new SubscribedResources();

	SessionRouter(Node cluster, String scope, SessionStore store, SessionUpdater updater, LocalSessions local,
			HeldSessions held, Executor background, Scheduler handlerThreads, Consumer<LocalSession> onGone,
			@Nullable NodeStreams streams, SessionMetrics metrics) {
		this.cluster = cluster;
		this.scope = scope;
		this.store = store;
		this.updater = updater;
		this.local = local;
		this.held = held;
		this.background = background;
		this.handlerThreads = handlerThreads;
		this.onGone = onGone;
		this.streams = streams;
		this.feed = (streams != null) ? new AnnouncementFeed(streams::announcementsAfter) : null;
		this.metrics = metrics;
		cluster.on(scope, MessageType.REPLY,
				(message) -> withSession(message,
						(session, json) -> handle(session.receiveReply((JSONRPCResponse) JsonRpcMessages.read(json)),
								"An answer of session {} came too late", session)));
		cluster.on(scope, MessageType.CLIENT_NOTIFICATION,
				(message) -> withSession(message,
						(session, json) -> handle(
								session.receiveNotification((JSONRPCNotification) JsonRpcMessages.read(json)),
								"A notification of the client of session {} could not be handled", session)));
		cluster.on(scope, MessageType.DELIVER,
				(message) -> withSession(message, (session, json) -> deliverHere(message, session, json)));
		cluster.on(scope, MessageType.REDELIVER,
				(message) -> withSession(message, (session, json) -> deliverHere(message, session, json)));
		cluster.on(scope, MessageType.STOP_LISTENING,
				(message) -> withSession(message, (session, json) -> stopListening(session, message.stream())));
		cluster.on(scope, MessageType.CATCH_UP,
				(message) -> withSession(message, (session, json) -> session.listening().catchUp()));
		cluster.on(scope, MessageType.ANNOUNCEMENT,
				(message) -> announceHere(JsonRpcMessages.mapper().readValue(message.text(), Announcement.class)));
		cluster.on(scope, MessageType.SUBSCRIBED, (message) -> this.resources.note(uris(message)));
		cluster.on(scope, MessageType.CHANGED, (message) -> {
			this.resources.note(uris(message));
			revalidate(message);
		});
		cluster.on(scope, MessageType.ENDED, this::revalidate);
		cluster.on(scope, MessageType.HELLO, (message) -> this.cluster.send(message.from(),
				NodeMessage.subscribed(scope, json(this.resources.uris()))));
		cluster.onRejoin(() -> held.validateSoon(local.inUse()));
	}

	String nodeName() {
		return this.cluster.name();
	}

	SubscribedResources resources() {
		return this.resources;
	}

	// Answers and notifications of the client

	/**
	 * Send the client's answer to the node that asked.
	 * @return why it was not sent; {@code null} if it was
	 */
	@Nullable Rejection forward(SessionRecord session, String owner, JSONRPCResponse answer) {
		String json = JsonRpcMessages.write(answer);
		if (json.getBytes(StandardCharsets.UTF_8).length > MAX_ANSWER_BYTES) {
			return Rejection.ANSWER_TOO_LARGE;
		}
		if (this.cluster.send(owner, NodeMessage.reply(this.scope, session, json))) {
			return null;
		}
		boolean sure = this.cluster.isSteady() && this.cluster.nodes().containsKey(nodeName());
		return sure ? Rejection.NO_SUCH_REQUEST : Rejection.UNAVAILABLE;
	}

	/**
	 * Send to the other nodes, of which one may run what it is about, what they need of a
	 * notification of the client.
	 */
	void forward(SessionRecord session, JSONRPCNotification notification) {
		JSONRPCNotification shortened = RequestNotifications.shortened(notification);
		if (shortened != null) {
			this.cluster
				.broadcast(NodeMessage.clientNotification(this.scope, session, JsonRpcMessages.write(shortened)));
		}
	}

	// Messages to the client

	Mono<Void> deliver(LocalSession session, JSONRPCMessage message) {
		Mono<Void> here = sendHere(session, message);
		if (here != null) {
			count(message, Delivery.HERE);
			return here;
		}
		return deliverElsewhere(session.id(), message, false);
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

	private Mono<Void> deliverElsewhere(String sessionId, JSONRPCMessage message, boolean again) {
		return Mono.defer(() -> (this.streams != null) ? writeForListener(this.streams, sessionId, message)
				: sendToListener(sessionId, message, again));
	}

	/**
	 * Have the log keep a message, and the node that the client listens to send it from
	 * there. If the client begins to listen meanwhile, either this sees it, or it finds
	 * the message.
	 */
	private Mono<Void> writeForListener(NodeStreams streams, String sessionId, JSONRPCMessage message) {
		if (message instanceof JSONRPCRequest && !isHeard(sessionId)) {
			return Mono.error(new IllegalStateException("The client has no listening stream open"));
		}
		Delivery delivery = Delivery.LOST;
		try {
			streams.keep(sessionId, message);
			delivery = Delivery.KEPT;
			delivery = callListener(sessionId);
		}
		finally {
			count(message, delivery);
		}
		return Mono.empty();
	}

	private Delivery callListener(String sessionId) {
		SessionRecord session = this.store.find(sessionId).orElse(null);
		if (session == null) {
			return Delivery.LOST;
		}
		StreamLocation listener = StreamLocation.of(session);
		LocalSession held = this.local.get(sessionId);
		if (listener != null && !listener.node().equals(nodeName())) {
			return this.cluster.send(listener.node(), NodeMessage.catchUp(this.scope, session, listener.stream()))
					? Delivery.ELSEWHERE : Delivery.KEPT;
		}
		if (listener != null && held != null) {
			held.listening().catchUp();
			return Delivery.HERE;
		}
		return Delivery.KEPT;
	}

	private boolean isHeard(String sessionId) {
		StreamLocation listener = this.store.find(sessionId).map(StreamLocation::of).orElse(null);
		return listener != null && this.cluster.nodes().containsKey(listener.node());
	}

	private Mono<Void> sendToListener(String sessionId, JSONRPCMessage message, boolean again) {
		SessionRecord session = this.store.find(sessionId).orElse(null);
		StreamLocation listener = (session != null) ? StreamLocation.of(session) : null;
		boolean sent = session != null && listener != null && !listener.node().equals(nodeName()) && this.cluster.send(
				listener.node(),
				NodeMessage.deliver(this.scope, session, listener.stream(), JsonRpcMessages.write(message), again));
		if (!sent && message instanceof JSONRPCRequest) {
			return Mono.error(new IllegalStateException("The client has no listening stream open"));
		}
		if (!again) {
			count(message, sent ? Delivery.ELSEWHERE : Delivery.LOST);
		}
		if (!sent) {
			logger.debug("Session {} has no listening stream open: a notification is lost", SessionIds.mask(sessionId));
		}
		return Mono.empty();
	}

	private void handle(Mono<Void> accepted, String ifFailed, LocalSession session) {
		accepted.subscribeOn(this.handlerThreads).subscribe((nothing) -> {
		}, (ex) -> logger.debug(ifFailed, SessionIds.mask(session.id()), ex));
	}

	private void deliverHere(NodeMessage message, LocalSession session, String json) {
		JSONRPCMessage content = JsonRpcMessages.read(json);
		Mono<Void> sent = sendHere(session, content);
		if (sent == null && message.type() == MessageType.DELIVER) {
			// the client has moved on meanwhile: follow it, once
			sent = deliverElsewhere(session.id(), content, true);
		}
		if (sent != null) {
			sent.subscribe((nothing) -> {
			}, (ex) -> logger.debug("A message could not be delivered", ex));
		}
	}

	Mono<Void> notifyClient(String sessionId, JSONRPCNotification notification) {
		if (sessionId.equals(SubscribedResources.STAND_IN)) {
			return announce(notification);
		}
		LocalSession session = this.local.get(sessionId);
		return (session != null) ? deliver(session, notification) : deliverElsewhere(sessionId, notification, false);
	}

	/**
	 * Notify all clients, or all that are subscribed to what the notification is about.
	 */
	Mono<Void> announce(JSONRPCNotification notification) {
		return Mono.fromRunnable(() -> {
			String topic = SubscribedResources.topicOf(notification);
			String message = JsonRpcMessages.write(notification);
			Announcement announcement = (this.streams != null) ? this.streams.announce(topic, message)
					: new Announcement(0, topic, message);
			announceHere(announcement);
			this.cluster.tryBroadcast(
					NodeMessage.announcement(this.scope, JsonRpcMessages.mapper().writeValueAsString(announcement)));
		});
	}

	private void announceHere(Announcement announcement) {
		if (this.feed != null) {
			this.feed.tell(announcement, this::tellListeners);
		}
		else {
			tellListeners(announcement);
		}
	}

	private void tellListeners(Announcement announcement) {
		this.local.listening().forEach((session) -> this.cluster.run(session.id(), () -> {
			if (SubscribedResources.isFor(session.record(), announcement)) {
				session.listening().announce(announcement);
				this.metrics.notification(Delivery.HERE);
			}
		}));
	}

	// Where the client listens

	/**
	 * Say in the store that the client listens here, and end the stream that it listened
	 * to before. What fails is done again by {@link #refreshListener}.
	 */
	void claim(LocalSession session, String stream) {
		StreamLocation now = new StreamLocation(nodeName(), stream);
		AtomicReference<@Nullable StreamLocation> before = new AtomicReference<>();
		try {
			this.updater.update(session.id(), (stored) -> {
				// replaced by another one, or closed, while this claim was under way?
				boolean newest = stream.equals(session.listening().id());
				before.set(newest ? StreamLocation.of(stored) : null);
				return newest ? now.applyTo(stored) : stored;
			});
			session.listening().claimed(stream);
			StreamLocation replaced = before.get();
			if (replaced != null && !replaced.node().equals(nodeName())) {
				this.cluster.send(replaced.node(),
						NodeMessage.stopListening(this.scope, session.record(), replaced.stream()));
			}
		}
		catch (SessionNotFoundException ex) {
			this.onGone.accept(session);
			session.listening().close(stream);
		}
		catch (SessionStoreException | SessionConflictException ex) {
			logger.debug("Other nodes were not told where session {} listens", SessionIds.mask(session.id()), ex);
			session.use().touchSoon();
		}
	}

	/**
	 * Make up for what the other nodes, or the store, were not told while the store was
	 * away. A client that only listens sends no request that would.
	 */
	void refreshListener(LocalSession session) {
		String stream = session.listening().id();
		if (stream != null) {
			long since = System.nanoTime();
			this.store.find(session.id()).ifPresent((stored) -> {
				session.refresh(stored, since);
				StreamLocation now = StreamLocation.of(stored);
				if (now != null && session.listening().isClaimed(stream)
						&& !now.equals(new StreamLocation(nodeName(), stream))) {
					// replaced by another one, and the word of it was lost
					stopListening(session, stream);
				}
				else if (!new StreamLocation(nodeName(), stream).equals(now)) {
					claim(session, stream);
				}
			});
		}
	}

	/**
	 * End a connection that was replaced by one on another node, and have that look
	 * whether something was still sent by this one.
	 */
	private void stopListening(LocalSession session, @Nullable String stream) {
		if (session.listening().close(stream)) {
			catchUpElsewhere(session.id());
		}
	}

	/**
	 * What was sent by a connection that the client has left is in the log: have it sent
	 * by the one that it listens to now.
	 */
	private void catchUpElsewhere(String sessionId) {
		if (this.streams == null) {
			return;
		}
		try {
			callListener(sessionId);
		}
		catch (SessionStoreException ex) {
			logger.debug("A message of session {} is sent later", SessionIds.mask(sessionId), ex);
		}
	}

	void release(LocalSession session, String stream) {
		this.background.execute(() -> {
			try {
				this.updater.update(session.id(),
						(stored) -> new StreamLocation(nodeName(), stream).equals(StreamLocation.of(stored))
								? stored.withListener(null) : stored);
			}
			catch (SessionNotFoundException | SessionStoreException | SessionConflictException ex) {
				logger.debug("The end of a listening stream was not noted", ex);
			}
		});
	}

	// What other nodes must know

	/**
	 * Tell the other nodes that the shared state of a session has changed.
	 * @param session the session, which the others read anew
	 * @param subscribed what it is newly subscribed to
	 */
	void announceChange(SessionRecord session, Set<String> subscribed) {
		this.cluster.tryBroadcast(NodeMessage.changed(this.scope, session, json(subscribed)));
	}

	/**
	 * A session of this node has changed a subscription.
	 * @param session what the store has now
	 * @param since when it was asked to change it
	 * @param uri the subscription
	 */
	void onSubscription(SessionRecord session, long since, String uri) {
		LocalSession held = this.local.get(session.id());
		if (held != null) {
			held.refresh(session, since);
		}
		announceChange(session, session.subscriptions().contains(uri) ? Set.of(uri) : Set.of());
	}

	void announceEnd(String sessionId) {
		this.cluster.tryBroadcast(NodeMessage.ended(this.scope, sessionId));
	}

	void hello() {
		this.cluster.tryBroadcast(NodeMessage.hello(this.scope));
	}

	/**
	 * Announce what the sessions of this node are subscribed to, and forget what no node
	 * announces any more. To be called every minute.
	 */
	void announceResources() {
		Collection<String> held = this.local.subscriptions();
		if (!held.isEmpty()) {
			this.resources.note(held);
			this.cluster.tryBroadcast(NodeMessage.subscribed(this.scope, json(held)));
		}
		this.resources.forget(FORGET_RESOURCES_AFTER);
	}

	/**
	 * Do something with a session that this node holds, after a look at what the store
	 * has of it.
	 */
	private void withSession(NodeMessage message, BiConsumer<LocalSession, String> action) {
		LocalSession session = (message.sessionId() != null) ? this.local.get(message.sessionId()) : null;
		if (session == null) {
			return;
		}
		try {
			if (!this.held.validate(session)) {
				return;
			}
		}
		catch (SessionStoreException ex) {
			logger.debug("Handled without asking the store: {}", message, ex);
		}
		if (Objects.equals(session.record().principal(), message.principal())) {
			action.accept(session, message.text());
		}
	}

	/**
	 * A session that this node holds has changed, or ended: see which.
	 */
	private void revalidate(NodeMessage message) {
		LocalSession session = (message.sessionId() != null) ? this.local.get(message.sessionId()) : null;
		if (session != null) {
			this.held.validateSurely(session);
		}
	}

	private static String json(Collection<String> uris) {
		return JsonRpcMessages.mapper().writeValueAsString(uris);
	}

	private static List<String> uris(NodeMessage message) {
		return List.of(JsonRpcMessages.mapper().readValue(message.text(), String[].class));
	}

}
