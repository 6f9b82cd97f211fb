package io.github.mcpsession.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The requests that this node's copy of a session has sent to the client and that are not
 * answered yet. A request outlives the stream that it was sent on: its client may answer
 * after the connection was cut. Thread-safe.
 */
final class OpenRequests {

	private final Map<String, OpenRequest> requests = new ConcurrentHashMap<>();

	private final Duration timeout;

	private record OpenRequest(@Nullable String progressToken, long since) {
	}

	OpenRequests(Duration timeout) {
		this.timeout = timeout;
	}

	void add(JSONRPCRequest request) {
		JsonNode params = JsonRpcMessages.mapper().valueToTree(request.params());
		JsonNode token = (params != null) ? params.at("/_meta/progressToken") : null;
		String key = (token != null && token.isValueNode()) ? JsonRpcMessages.key(token) : null;
		this.requests.put(String.valueOf(request.id()), new OpenRequest(key, System.nanoTime()));
	}

	boolean contains(String id) {
		return this.requests.containsKey(id);
	}

	boolean remove(String id) {
		return this.requests.remove(id) != null;
	}

	List<String> removeAll() {
		List<String> ids = List.copyOf(this.requests.keySet());
		ids.forEach(this.requests::remove);
		return ids;
	}

	boolean hasProgressToken(String key) {
		return this.requests.values().stream().anyMatch((request) -> key.equals(request.progressToken()));
	}

	/**
	 * Whether the client may still answer one. The SDK does not tell when it gave up.
	 */
	boolean isEmpty() {
		if (!this.requests.isEmpty()) {
			long now = System.nanoTime();
			this.requests.values().removeIf((request) -> now - request.since() > this.timeout.toNanos());
		}
		return this.requests.isEmpty();
	}

}
