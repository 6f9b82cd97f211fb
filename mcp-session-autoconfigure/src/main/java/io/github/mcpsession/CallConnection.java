package io.github.mcpsession;

import io.modelcontextprotocol.common.McpTransportContext;

/**
 * The HTTP connection that carries the response of the current call. A tool that runs for
 * long can close it and go on: the client comes back for what was sent meanwhile, and for
 * the result, to any node (SEP-1699, "polling").
 *
 * @since 0.1.0
 */
public interface CallConnection {

	/**
	 * The key in the request's transport context.
	 */
	String KEY = "io.github.mcpsession.call-connection";

	/**
	 * Close the HTTP connection, after sending the client the time to wait before it
	 * comes back ({@code mcp.session.streams.retry}). The call continues; what it sends
	 * is kept for the client. May be called on any thread but that of the HTTP request,
	 * which must return for the connection to end. Spring AI runs the tools of a servlet
	 * application on that thread, except those named by
	 * {@code mcp.session.streams.detachable-tools}.
	 * @return {@code false}, and nothing closed, if the client could not come back, since
	 * it speaks a protocol older than 2025-11-25, streams are not resumable
	 * ({@code mcp.session.streams.resumable}) or the store is unavailable; or if this is
	 * called on the thread of the HTTP request
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
