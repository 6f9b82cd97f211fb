package io.github.mcpsession.server;

import io.github.mcpsession.CallConnection;
import io.github.mcpsession.CallerResolver;
import io.github.mcpsession.SessionRestoreMarker;
import io.modelcontextprotocol.common.McpTransportContext;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * The transport context of a request, with what handlers may want to know of it.
 *
 * @param request what the transport extracted from the request
 * @param restored whether the session was restored for it
 * @param caller the authenticated caller, or {@code null}
 * @param call the call, if the request makes one
 */
record CallContext(McpTransportContext request, boolean restored, @Nullable String caller,
		@Nullable ClientCall call) implements McpTransportContext {

	@Override
	public @Nullable Object get(String key) {
		return switch (key) {
			case SessionRestoreMarker.KEY -> this.restored ? Boolean.TRUE : null;
			case CallerResolver.KEY -> this.caller;
			case CallConnection.KEY -> connection();
			default -> this.request.get(key);
		};
	}

	private @Nullable CallConnection connection() {
		ClientCall current = this.call;
		return (current != null) ? current::detach : null;
	}

	/**
	 * The transport context of a request in this scope.
	 * @param request what the transport extracted
	 * @param scope the request
	 * @return the context to go on with
	 */
	static McpTransportContext of(McpTransportContext request, RequestScope scope) {
		return (request instanceof CallContext) ? request
				: new CallContext(request, scope.isRestored(), scope.principal(), scope.call());
	}

	/**
	 * Replace the transport context of a call.
	 * @param context the context that the call is subscribed with
	 * @param scope the request, if there is one
	 * @return the context to go on with
	 */
	static Context replace(Context context, @Nullable RequestScope scope) {
		McpTransportContext request = context.getOrDefault(McpTransportContext.KEY, McpTransportContext.EMPTY);
		return (scope != null && request != null) ? context.put(McpTransportContext.KEY, of(request, scope)) : context;
	}

}
