package io.github.mcpsession.support;

import java.nio.charset.StandardCharsets;
import java.util.List;

import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a client's {@code notifications/cancelled} or {@code notifications/progress} is
 * about.
 */
public final class RequestNotifications {

	/**
	 * The method of the first, for which the SDK has no constant.
	 */
	public static final String CANCELLED = "notifications/cancelled";

	/**
	 * More than any id or token that is one.
	 */
	private static final int MAX_KEY_BYTES = 256;

	private static final int MAX_REASON_LENGTH = 200;

	private static final int MAX_MESSAGE_LENGTH = 1000;

	private RequestNotifications() {
	}

	public static boolean isOne(JSONRPCNotification notification) {
		return CANCELLED.equals(notification.method())
				|| McpSchema.METHOD_NOTIFICATION_PROGRESS.equals(notification.method());
	}

	/**
	 * The request id or progress token that a notification names.
	 * @param notification a notification of one of the two kinds
	 * @return the key, as by {@link JsonRpcMessages#key}
	 */
	public static String keyOf(JSONRPCNotification notification) {
		JsonNode params = JsonRpcMessages.mapper().valueToTree(notification.params());
		return JsonRpcMessages.key(params.path(nameOfKey(notification)));
	}

	private static String nameOfKey(JSONRPCNotification notification) {
		return CANCELLED.equals(notification.method()) ? "requestId" : "progressToken";
	}

	/**
	 * What another node needs of a notification, of whatever size that is.
	 * @param notification a notification of one of the two kinds
	 * @return a short one; {@code null} if what it names is longer than an id may be to
	 * be sent to other nodes, or is none
	 */
	public static @Nullable JSONRPCNotification shortened(JSONRPCNotification notification) {
		JsonNode params = JsonRpcMessages.mapper().valueToTree(notification.params());
		JsonNode key = params.path(nameOfKey(notification));
		if (!key.isString() && !key.isNumber()
				|| JsonRpcMessages.key(key).getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
			return null;
		}
		ObjectNode shortened = JsonRpcMessages.mapper().createObjectNode();
		shortened.set(nameOfKey(notification), key);
		if (CANCELLED.equals(notification.method())) {
			copyText(params, shortened, "reason", MAX_REASON_LENGTH);
		}
		else {
			for (String name : List.of("progress", "total")) {
				if (params.path(name).isNumber()) {
					shortened.set(name, params.get(name));
				}
			}
			copyText(params, shortened, "message", MAX_MESSAGE_LENGTH);
		}
		return new JSONRPCNotification(notification.method(), shortened);
	}

	private static void copyText(JsonNode from, ObjectNode to, String name, int maxLength) {
		if (from.path(name).isString()) {
			String text = from.path(name).stringValue();
			to.put(name, text.substring(0, Math.min(text.length(), maxLength)));
		}
	}

}
