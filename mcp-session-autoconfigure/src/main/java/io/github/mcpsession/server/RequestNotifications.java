package io.github.mcpsession.server;

import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import tools.jackson.databind.JsonNode;

/**
 * What a client's {@code notifications/cancelled} or {@code notifications/progress} is
 * about.
 */
final class RequestNotifications {

	/**
	 * The method of the first, for which the SDK has no constant.
	 */
	static final String CANCELLED = "notifications/cancelled";

	private RequestNotifications() {
	}

	static boolean isOne(JSONRPCNotification notification) {
		return CANCELLED.equals(notification.method())
				|| McpSchema.METHOD_NOTIFICATION_PROGRESS.equals(notification.method());
	}

	/**
	 * The request id or progress token that a notification names.
	 * @param notification a notification of one of the two kinds
	 * @return the key, as by {@link WireMessages#key}
	 */
	static String keyOf(JSONRPCNotification notification) {
		JsonNode params = WireMessages.mapper().valueToTree(notification.params());
		return WireMessages.key(params.path(CANCELLED.equals(notification.method()) ? "requestId" : "progressToken"));
	}

}
