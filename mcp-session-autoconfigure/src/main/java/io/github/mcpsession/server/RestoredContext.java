package io.github.mcpsession.server;

import io.github.mcpsession.SessionRestoreMarker;
import io.modelcontextprotocol.common.McpTransportContext;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * The transport context of a request for which the session was restored.
 *
 * @param request what the transport extracted from the request
 */
record RestoredContext(McpTransportContext request) implements McpTransportContext {

	@Override
	public Object get(String key) {
		return SessionRestoreMarker.KEY.equals(key) ? Boolean.TRUE : this.request.get(key);
	}

	/**
	 * Mark the transport context of a call, if its request restored the session.
	 * @param context the context that the call is subscribed with
	 * @param scope the request, if there is one
	 * @return the context to go on with
	 */
	static Context mark(Context context, @Nullable RequestScope scope) {
		McpTransportContext request = context.getOrDefault(McpTransportContext.KEY, McpTransportContext.EMPTY);
		return (scope != null && scope.isRestored() && request != null)
				? context.put(McpTransportContext.KEY, new RestoredContext(request)) : context;
	}

}
