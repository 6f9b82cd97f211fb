package io.github.mcpsession.server;

import java.util.Map;

import io.github.mcpsession.server.SdkInternals.SessionParts;
import io.github.mcpsession.session.SubscribedResources;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.spec.McpSchema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The SDK's server notifies the sessions that are in a private map of its own, on the
 * node where a resource was updated. For each URI this puts one stand-in there, through
 * the SDK's own handler: when that is notified, all nodes notify their subscribers.
 *
 * @param parts what the SDK builds sessions from
 */
record SdkStandIns(SessionParts parts) implements SubscribedResources.StandIns {

	/**
	 * What the SDK takes for the id of a session. Nobody has a session of this id, since
	 * it has a space in it.
	 */
	static final String ID = "mcp-session stand-in";

	private static final Logger logger = LoggerFactory.getLogger(SdkStandIns.class);

	@Override
	public void subscribe(String uri) {
		handle(McpSchema.METHOD_RESOURCES_SUBSCRIBE, uri);
	}

	@Override
	public void unsubscribe(String uri) {
		handle(McpSchema.METHOD_RESOURCES_UNSUBSCRIBE, uri);
	}

	private void handle(String method, String uri) {
		McpRequestHandler<?> handler = this.parts.requestHandlers().get(method);
		if (handler != null) {
			McpAsyncServerExchange exchange = new McpAsyncServerExchange(ID, null, null, null,
					McpTransportContext.EMPTY);
			handler.handle(exchange, Map.of("uri", uri)).subscribe((result) -> {
			}, (ex) -> logger.warn("The SDK did not accept a subscription", ex));
		}
	}

}
