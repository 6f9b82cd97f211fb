package io.github.mcpsession;

import io.modelcontextprotocol.common.McpTransportContext;

/**
 * The HTTP connection by which the call in hand is answered. A tool that runs for long
 * can let go of it and go on: the client comes back for what was sent meanwhile, and for
 * the result, to whichever node it likes (SEP-1699, "polling").
 *
 * @since 0.1.0
 */
public interface CallConnection {

	/**
	 * The key in the request's transport context.
	 */
	String KEY = "io.github.mcpsession.call-connection";

	/**
	 * Close the HTTP connection, after telling the client when to come back
	 * ({@code mcp.session.streams.retry}). The call goes on; what it sends is kept for
	 * the client. May be called by any thread but that of the HTTP request, which must be
	 * free for the connection to end. Spring AI runs the tools of a servlet application
	 * on that thread, except those named by {@code mcp.session.streams.detachable-tools}.
	 * @return {@code false}, and nothing closed, if the client could not come back, since
	 * it speaks a protocol older than 2025-11-25, streams are not resumable
	 * ({@code mcp.session.streams.resumable}) or the store cannot be reached; or if this
	 * is called by the thread of the HTTP request
	 */
	boolean close();

	/**
	 * The connection of a call.
	 * @param context the transport context, as in {@code exchange.transportContext()}
	 * @return the connection; one that cannot be closed if the call has no other
	 */
	static CallConnection of(McpTransportContext context) {
		return (context.get(KEY) instanceof CallConnection connection) ? connection : () -> false;
	}

}
