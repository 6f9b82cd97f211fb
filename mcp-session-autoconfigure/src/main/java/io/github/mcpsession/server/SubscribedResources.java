package io.github.mcpsession.server;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.server.SdkInternals.SessionParts;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The URIs that some session of the cluster is subscribed to.
 * <p>
 * The SDK's server notifies the sessions that are in a private map of its own, on the
 * node where a resource was updated. For each URI this puts one stand-in there, through
 * the SDK's own handler: when that is notified, all nodes look for subscribers. So a node
 * holds each distinct URI once, however many sessions the cluster has. URIs are announced
 * again and again as long as a node holds a subscribed session, and forgotten when they
 * no longer are. Thread-safe.
 */
final class SubscribedResources {

	/**
	 * What the SDK takes for the id of a session. Nobody has a session of this id, since
	 * it has a space in it.
	 */
	static final String STAND_IN = "mcp-session stand-in";

	private static final String UPDATED = McpSchema.METHOD_NOTIFICATION_RESOURCES_UPDATED + " ";

	private static final Logger logger = LoggerFactory.getLogger(SubscribedResources.class);

	private final ConcurrentMap<String, Long> lastNoted = new ConcurrentHashMap<>();

	private volatile @Nullable SessionParts parts;

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
	static boolean isFor(SessionRecord session, Announcement announcement) {
		return !announcement.topic().startsWith(UPDATED)
				|| session.subscriptions().contains(announcement.topic().substring(UPDATED.length()));
	}

	void connect(SessionParts parts) {
		this.parts = parts;
		note(uris());
	}

	/**
	 * Note that somebody is subscribed.
	 * @param uris the URIs of the resources
	 */
	void note(Collection<String> uris) {
		for (String uri : uris) {
			// each time: the SDK may have lost the stand-in while it forgot a session
			this.lastNoted.compute(uri, (key, before) -> {
				handle(McpSchema.METHOD_RESOURCES_SUBSCRIBE, uri);
				return System.nanoTime();
			});
		}
	}

	Set<String> uris() {
		return Set.copyOf(this.lastNoted.keySet());
	}

	/**
	 * Forget what was not noted for some time.
	 * @param age how long ago
	 */
	void forget(Duration age) {
		long now = System.nanoTime();
		uris().forEach((uri) -> this.lastNoted.computeIfPresent(uri, (key, noted) -> {
			if (now - noted <= age.toNanos()) {
				return noted;
			}
			handle(McpSchema.METHOD_RESOURCES_UNSUBSCRIBE, uri);
			return null;
		}));
	}

	private void handle(String method, String uri) {
		SessionParts current = this.parts;
		McpRequestHandler<?> handler = (current != null) ? current.requestHandlers().get(method) : null;
		if (handler != null) {
			McpAsyncServerExchange exchange = new McpAsyncServerExchange(STAND_IN, null, null, null,
					McpTransportContext.EMPTY);
			handler.handle(exchange, Map.of("uri", uri)).subscribe((result) -> {
			}, (ex) -> logger.warn("The SDK did not take note of a subscription", ex));
		}
	}

}
