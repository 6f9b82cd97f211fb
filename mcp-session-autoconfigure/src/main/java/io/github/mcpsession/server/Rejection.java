package io.github.mcpsession.server;

import java.util.concurrent.ThreadLocalRandom;

import io.github.mcpsession.support.JsonRpcMessages;
import org.jspecify.annotations.Nullable;

/**
 * The answers to a request that no session serves.
 */
public enum Rejection {

	/**
	 * The session id is malformed, unknown, expired or another principal's; never said
	 * which. The client begins a new session (MCP specification 2025-11-25,
	 * basic/transports, "Session Management").
	 */
	NOT_FOUND(404, -32001, "Session not found"),

	/**
	 * No open request has this id: it was answered, was given up, or the node that asked
	 * is gone. The session lives on.
	 */
	NO_SUCH_REQUEST(400, -32600, "No open request has this id"),

	/**
	 * The reply is too large to be sent to the node that asked. The request goes on
	 * waiting for one.
	 */
	ANSWER_TOO_LARGE(413, -32600, "The reply is too large"),

	/**
	 * What a client of a later revision sends first. By this answer, with the id of the
	 * request, all of them know that it is to be a session.
	 */
	METHOD_NOT_FOUND(400, -32601, "Method not found"),

	/**
	 * The request has come by a path that is not known to lead to the transport: neither
	 * caller nor session were checked.
	 */
	UNKNOWN_PATH(500, -32603, "Requests to this path cannot be served"),

	/**
	 * The caller is authenticated, but nothing is known that tells it from others: it
	 * must not get a session that they could use as well.
	 */
	FORBIDDEN(403, -32000, "Forbidden"),

	/**
	 * The header {@code MCP-Protocol-Version} names no version of this server (MCP
	 * specification 2025-11-25, basic/transports, "Protocol Version Header").
	 */
	UNSUPPORTED_VERSION(400, -32600, "Unsupported MCP-Protocol-Version"),

	/**
	 * The parameters of {@code initialize} are larger than is allowed.
	 */
	INITIALIZE_TOO_LARGE(413, -32600, "The parameters of initialize are too large"),

	/**
	 * This node was asked for more new sessions than it makes in a second.
	 */
	TOO_MANY_SESSIONS(429, -32000, "Too many new sessions, try again"),

	/**
	 * The caller has as many sessions as a principal may have. It can end one.
	 */
	TOO_MANY_OF_PRINCIPAL(429, -32000, "Too many sessions of this caller: end one, or wait until one expires"),

	/**
	 * The store gave no answer, or what it has is not sure yet after an outage. The
	 * client keeps its session and tries again.
	 */
	UNAVAILABLE(503, -32603, "Sessions are temporarily unavailable, try again");

	private static final int LONGEST_RETRY_AFTER = 3;

	private final int status;

	private final int code;

	private final String message;

	Rejection(int status, int code, String message) {
		this.status = status;
		this.code = code;
		this.message = message;
	}

	/**
	 * The HTTP status.
	 * @return the status
	 */
	public int status() {
		return this.status;
	}

	/**
	 * Whether the same request may be served a second later.
	 * @return whether to try again
	 */
	public boolean isTemporary() {
		return this == UNAVAILABLE || this == TOO_MANY_SESSIONS;
	}

	/**
	 * When to try again: not all clients at once.
	 * @return some seconds
	 */
	public static String retryAfter() {
		return String.valueOf(ThreadLocalRandom.current().nextInt(1, LONGEST_RETRY_AFTER + 1));
	}

	/**
	 * The body: a JSON-RPC error.
	 * @param id the JSON text of the id of the request, {@code null} if it is not known
	 * @param details what the message goes on with
	 * @return the JSON
	 */
	public String body(@Nullable String id, String details) {
		return JsonRpcMessages.error(id, this.code, this.message + details);
	}

}
