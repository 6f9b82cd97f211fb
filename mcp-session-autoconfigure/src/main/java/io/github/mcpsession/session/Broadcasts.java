package io.github.mcpsession.session;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.MessageType;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.metrics.SessionMetrics.Delivery;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.support.JsonRpcMessages;
import io.github.mcpsession.support.StoreRetries;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Notifications for all clients of a managed server, or all that are subscribed to what
 * they are about, whichever node they listen to. Thread-safe; each session's client is
 * notified in order with the messages about that session.
 */
public final class Broadcasts {

	private static final Logger logger = LoggerFactory.getLogger(Broadcasts.class);

	private static final Duration POLL_INTERVAL = Duration.ofSeconds(15);

	private final Node node;

	private final String scope;

	private final LocalSessions local;

	private final @Nullable NodeStreams streams;

	private final @Nullable AnnouncementFeed feed;

	private final SessionMetrics metrics;

	private final StoreRetries retries;

	/**
	 * What could not be announced, by topic, until it is.
	 */
	private final Map<String, String> unannounced = new ConcurrentHashMap<>();

	private volatile boolean pollSoon;

	/**
	 * For the maintenance thread only.
	 */
	private long lastPoll = System.nanoTime();

	/**
	 * Create them.
	 * @param node this node
	 * @param scope the managed server
	 * @param local the sessions that this node holds
	 * @param streams the resumable streams, {@code null} if they are not
	 * @param metrics counts
	 * @param retries makes calls again that failed
	 */
	public Broadcasts(Node node, ServerScope scope, LocalSessions local, @Nullable NodeStreams streams,
			SessionMetrics metrics, StoreRetries retries) {
		this.node = node;
		this.scope = scope.mark();
		this.local = local;
		this.streams = streams;
		this.feed = (streams != null) ? new AnnouncementFeed(streams.kept()::announcementsAfter) : null;
		this.metrics = metrics;
		this.retries = retries;
		node.onRejoin(() -> this.pollSoon = true);
		node.on(this.scope, MessageType.ANNOUNCEMENT,
				(message) -> receive(JsonRpcMessages.mapper().readValue(message.text(), Announcement.class)));
	}

	/**
	 * Notify all clients, or all that are subscribed to what the notification is about.
	 * @param notification the notification
	 * @return completes when all nodes are sent it
	 */
	public Mono<Void> send(JSONRPCNotification notification) {
		Mono<Void> sending = Mono.fromRunnable(() -> {
			String topic = SubscribedResources.topicOf(notification);
			String message = JsonRpcMessages.write(notification);
			Announcement announcement = (this.streams != null) ? this.streams.kept().announce(topic, message)
					: new Announcement(0, topic, message);
			receive(announcement);
			broadcast(announcement);
			if (this.streams != null && announcement.number() == 0 && this.unannounced.put(topic, message) == null) {
				this.retries.callLater(() -> announceAgain(this.streams, topic));
			}
		});
		return (this.streams != null) ? this.streams.sendFromAnyThread(sending) : sending;
	}

	private void broadcast(Announcement announcement) {
		this.node.tryBroadcast(
				NodeMessage.announcement(this.scope, JsonRpcMessages.mapper().writeValueAsString(announcement)));
	}

	/**
	 * What the clients that listen here have heard already, all others have not.
	 */
	private void announceAgain(NodeStreams streams, String topic) {
		String message = this.unannounced.get(topic);
		if (message == null) {
			return;
		}
		Announcement announcement = streams.kept().announce(topic, message);
		if (announcement.number() == 0) {
			throw new SessionStoreException("An announcement cannot be stored", null);
		}
		this.unannounced.remove(topic);
		if (this.feed != null) {
			this.feed.add(announcement, (next) -> notifyListeners(next, next.number() == announcement.number()));
		}
		broadcast(announcement);
	}

	/**
	 * Look now and then for what other nodes could not send to this one. To be called
	 * twice a second.
	 */
	public void runPeriodicTasks() {
		long now = System.nanoTime();
		if (this.feed == null || (!this.pollSoon && now - this.lastPoll < POLL_INTERVAL.toNanos())
				|| this.local.listening().isEmpty()) {
			return;
		}
		this.lastPoll = now;
		try {
			this.feed.poll((announcement) -> notifyListeners(announcement, false));
			this.pollSoon = false;
		}
		catch (SessionStoreException ex) {
			logger.debug("The announcements of other nodes could not be read", ex);
		}
	}

	private void receive(Announcement announcement) {
		if (this.feed != null) {
			this.feed.add(announcement, (next) -> notifyListeners(next, false));
		}
		else {
			notifyListeners(announcement, false);
		}
	}

	private void notifyListeners(Announcement announcement, boolean again) {
		this.local.forEachThatDoesNotListen((session) -> {
			if (SubscribedResources.isFor(session.record(), announcement)) {
				session.listening().missed();
			}
		});
		this.local.listening().forEach((session) -> this.node.run(session.id(), () -> {
			if (SubscribedResources.isFor(session.record(), announcement)) {
				session.listening().announce(announcement, again);
				this.metrics.notification(Delivery.HERE);
			}
		}));
	}

}
