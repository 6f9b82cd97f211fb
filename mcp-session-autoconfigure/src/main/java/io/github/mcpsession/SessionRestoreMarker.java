package io.github.mcpsession;

import io.modelcontextprotocol.common.McpTransportContext;

/**
 * Shows a handler that its session was restored for the current request: the first one of
 * the session on this node since it started, or since it evicted the session. Nothing
 * that the application did for the session earlier, outside of session attributes, can be
 * relied on.
 *
 * @since 0.1.0
 */
public final class SessionRestoreMarker {

	/**
	 * The key in the request's transport context; its value is {@link Boolean#TRUE}.
	 */
	public static final String KEY = "io.github.mcpsession.restored";

	private SessionRestoreMarker() {
	}

	/**
	 * Whether the session was restored for this request.
	 * @param context the transport context, as in {@code exchange.transportContext()}
	 * @return whether it was restored
	 */
	public static boolean isRestored(McpTransportContext context) {
		return Boolean.TRUE.equals(context.get(KEY));
	}

}
