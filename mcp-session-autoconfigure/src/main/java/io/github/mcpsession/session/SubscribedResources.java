package io.github.mcpsession.session;

import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import org.jspecify.annotations.Nullable;

/**
 * The URIs that some session of the cluster is subscribed to.
 * <p>
 * For each of them the MCP server of this node has a stand-in, which is notified where a
 * resource is updated. So a node holds each distinct URI once, however many sessions the
 * cluster has. Nodes broadcast URIs again and again as long as they hold a subscribed
 * session, and forget those that no node broadcasts any more. Thread-safe.
 */
public final class SubscribedResources {

	private static final String UPDATED = McpSchema.METHOD_NOTIFICATION_RESOURCES_UPDATED + " ";

	private final ConcurrentMap<String, Long> lastAdded = new ConcurrentHashMap<>();

	private volatile @Nullable StandIns standIns;

	/**
	 * What an announcement is about.
	 * @param notification the notification
	 * @return its topic: the method, and for the update of a resource its URI as well
	 */
	static String topicOf(JSONRPCNotification notification) {
		if (!McpSchema.METHOD_NOTIFICATION_RESOURCES_UPDATED.equals(notification.method())) {
			return notification.method();
		}
		return UPDATED + JsonRpcMessages.mapper().valueToTree(notification.params()).path("uri").asString("");
	}

	/**
	 * Whether an announcement is for a session.
	 * @param session the session
	 * @param announcement the announcement
	 * @return whether it is for all sessions, or about a resource that this one is
	 * subscribed to
	 */
	public static boolean isFor(SessionRecord session, Announcement announcement) {
		return !announcement.topic().startsWith(UPDATED)
				|| session.subscriptions().contains(announcement.topic().substring(UPDATED.length()));
	}

	/**
	 * Have the MCP server notice updates from now on.
	 * @param standIns makes it do so
	 */
	public void connect(StandIns standIns) {
		this.standIns = standIns;
		add(uris());
	}

	/**
	 * Some session is subscribed.
	 * @param uris the URIs of the resources
	 */
	public void add(Collection<String> uris) {
		for (String uri : uris) {
			// each time: the SDK may have lost the stand-in while it forgot a session
			this.lastAdded.compute(uri, (key, before) -> {
				StandIns current = this.standIns;
				if (current != null) {
					current.subscribe(uri);
				}
				return System.nanoTime();
			});
		}
	}

	Set<String> uris() {
		return Set.copyOf(this.lastAdded.keySet());
	}

	/**
	 * Forget what was not added for some time.
	 * @param age how long ago
	 */
	void forget(Duration age) {
		long now = System.nanoTime();
		uris().forEach((uri) -> this.lastAdded.computeIfPresent(uri, (key, added) -> {
			if (now - added <= age.toNanos()) {
				return added;
			}
			StandIns current = this.standIns;
			if (current != null) {
				current.unsubscribe(uri);
			}
			return null;
		}));
	}

	/**
	 * Makes the MCP server of this node notice updates of resources that only sessions of
	 * other nodes may be subscribed to.
	 */
	public interface StandIns {

		/**
		 * Have updates of a resource noticed. To be called again and again: a server may
		 * forget.
		 * @param uri the URI of the resource
		 */
		void subscribe(String uri);

		/**
		 * Have updates of a resource noticed no longer.
		 * @param uri the URI of the resource
		 */
		void unsubscribe(String uri);

	}

}
