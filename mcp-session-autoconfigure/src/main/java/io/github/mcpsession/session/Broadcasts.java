package io.github.mcpsession.session;

import io.github.mcpsession.cluster.MessageType;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics.Delivery;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Notifications for all clients of a managed server, or all that are subscribed to what
 * they are about, whichever node they listen to. Thread-safe; each session's client is
 * notified in order with the messages about that session.
 */
public final class Broadcasts {

	private final Node node;

	private final String scope;

	private final LocalSessions local;

	private final @Nullable NodeStreams streams;

	private final @Nullable AnnouncementFeed feed;

	private final SessionMetrics metrics;

	/**
	 * Create them.
	 * @param node this node
	 * @param scope the managed server
	 * @param local the sessions that this node holds
	 * @param streams the resumable streams, {@code null} if they are not
	 * @param metrics counts
	 */
	public Broadcasts(Node node, ServerScope scope, LocalSessions local, @Nullable NodeStreams streams,
			SessionMetrics metrics) {
		this.node = node;
		this.scope = scope.mark();
		this.local = local;
		this.streams = streams;
		this.feed = (streams != null) ? new AnnouncementFeed(streams::announcementsAfter) : null;
		this.metrics = metrics;
		node.on(this.scope, MessageType.ANNOUNCEMENT,
				(message) -> receive(JsonRpcMessages.mapper().readValue(message.text(), Announcement.class)));
	}

	/**
	 * Notify all clients, or all that are subscribed to what the notification is about.
	 * @param notification the notification
	 * @return completes when all nodes are sent it
	 */
	public Mono<Void> send(JSONRPCNotification notification) {
		return Mono.fromRunnable(() -> {
			String topic = SubscribedResources.topicOf(notification);
			String message = JsonRpcMessages.write(notification);
			Announcement announcement = (this.streams != null) ? this.streams.announce(topic, message)
					: new Announcement(0, topic, message);
			receive(announcement);
			this.node.tryBroadcast(
					NodeMessage.announcement(this.scope, JsonRpcMessages.mapper().writeValueAsString(announcement)));
		});
	}

	private void receive(Announcement announcement) {
		if (this.feed != null) {
			this.feed.add(announcement, this::notifyListeners);
		}
		else {
			notifyListeners(announcement);
		}
	}

	private void notifyListeners(Announcement announcement) {
		this.local.forEachThatDoesNotListen((session) -> {
			if (SubscribedResources.isFor(session.record(), announcement)) {
				session.listening().missed();
			}
		});
		this.local.listening().forEach((session) -> this.node.run(session.id(), () -> {
			if (SubscribedResources.isFor(session.record(), announcement)) {
				session.listening().announce(announcement);
				this.metrics.notification(Delivery.HERE);
			}
		}));
	}

}
