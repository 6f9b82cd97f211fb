package io.github.mcpsession.session;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.MessageType;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics.Route;
import io.github.mcpsession.support.JsonRpcMessages;
import io.github.mcpsession.support.RequestNotifications;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Routes what a client sends about a request to the node that the request is of: replies,
 * cancellations and progress.
 * <p>
 * A request to the client carries the name of this node in its id, so that the reply
 * finds its way back from any node, and no table has to be kept. Thread-safe; what other
 * nodes send is handled on threads for handlers, since the SDK may block.
 */
public final class ReplyRouter {

	private static final Logger logger = LoggerFactory.getLogger(ReplyRouter.class);

	private static final char NODE_SEPARATOR = '@';

	/**
	 * Replies go through the store, and through the memory of the node that asked.
	 */
	private static final int MAX_REPLY_BYTES = 1 << 20;

	private final Node node;

	private final String scope;

	private final Scheduler handlerThreads;

	private final SessionMetrics metrics;

	/**
	 * Why a reply is refused.
	 */
	public enum Refusal {

		/**
		 * No request waits for it, nowhere.
		 */
		NO_SUCH_REQUEST,

		/**
		 * It is too large to be sent to another node.
		 */
		TOO_LARGE,

		/**
		 * The store cannot be reached, or it is not certain that the node is dead.
		 */
		UNAVAILABLE

	}

	/**
	 * Create a router.
	 * @param node this node
	 * @param scope the managed server
	 * @param held validates the sessions that messages are about
	 * @param handlerThreads handle what other nodes send
	 * @param metrics counts
	 */
	public ReplyRouter(Node node, ServerScope scope, HeldSessions held, Scheduler handlerThreads,
			SessionMetrics metrics) {
		this.node = node;
		this.scope = scope.mark();
		this.handlerThreads = handlerThreads;
		this.metrics = metrics;
		node.on(this.scope, MessageType.REPLY,
				(message) -> held.validated(message,
						(session) -> handle(
								session.receiveReply((JSONRPCResponse) JsonRpcMessages.read(message.text())),
								"A reply of session {} came too late", session)));
		node.on(this.scope, MessageType.CLIENT_NOTIFICATION,
				(message) -> held.validated(message,
						(session) -> handle(
								session.receiveNotification((JSONRPCNotification) JsonRpcMessages.read(message.text())),
								"A notification of the client of session {} could not be handled", session)));
	}

	private void handle(Mono<Void> received, String ifFailed, LocalSession session) {
		received.subscribeOn(this.handlerThreads).subscribe((nothing) -> {
		}, (ex) -> logger.debug(ifFailed, SessionIds.mask(session.id()), ex));
	}

	/**
	 * What to send to the client in the place of a request, so that the reply to it names
	 * this node.
	 * @param request the request as the SDK made it
	 * @return the request to send
	 */
	public JSONRPCRequest tagWithNode(JSONRPCRequest request) {
		return new JSONRPCRequest(request.jsonrpc(), request.method(),
				String.valueOf(request.id()) + NODE_SEPARATOR + this.node.name(), request.params());
	}

	/**
	 * Hand a reply of the client to the session if this node asked for it, else send it
	 * to the node that did.
	 * @param session the session that the client sent it to
	 * @param reply the reply, with the id that was sent to the client
	 * @param onRefused called if it is refused
	 * @return fails if the session does not take it, or the store cannot be reached
	 */
	public Mono<Void> route(LocalSession session, JSONRPCResponse reply, Consumer<Refusal> onRefused) {
		String id = (reply.id() instanceof String text) ? text : "";
		int separator = id.lastIndexOf(NODE_SEPARATOR);
		String owner = id.substring(separator + 1);
		String requestId = id.substring(0, Math.max(separator, 0));
		JSONRPCResponse untagged = new JSONRPCResponse(reply.jsonrpc(), requestId, reply.result(), reply.error());
		if (separator >= 0 && owner.equals(this.node.name())) {
			this.metrics.reply(session.awaitsReplyTo(requestId) ? Route.HERE : Route.REFUSED);
			return session.receiveReply(untagged).doOnError((ex) -> onRefused.accept(Refusal.NO_SUCH_REQUEST));
		}
		try {
			Refusal refusal = (separator >= 0) ? send(session.record(), owner, untagged) : Refusal.NO_SUCH_REQUEST;
			this.metrics.reply((refusal == null) ? Route.ELSEWHERE : Route.REFUSED);
			if (refusal != null) {
				onRefused.accept(refusal);
			}
			return Mono.empty();
		}
		catch (SessionStoreException ex) {
			this.metrics.reply(Route.REFUSED);
			onRefused.accept(Refusal.UNAVAILABLE);
			return Mono.error(ex);
		}
	}

	private @Nullable Refusal send(SessionRecord record, String owner, JSONRPCResponse reply) {
		String json = JsonRpcMessages.write(reply);
		if (json.getBytes(StandardCharsets.UTF_8).length > MAX_REPLY_BYTES) {
			return Refusal.TOO_LARGE;
		}
		if (this.node.send(owner, NodeMessage.reply(this.scope, record, json))) {
			return null;
		}
		boolean dead = this.node.isSteady() && this.node.nodes().containsKey(this.node.name());
		return dead ? Refusal.NO_SUCH_REQUEST : Refusal.UNAVAILABLE;
	}

	/**
	 * Send the other nodes, of which one may run what it is about, what they need of a
	 * notification of the client.
	 * @param record the session
	 * @param notification a cancellation or progress
	 * @throws SessionStoreException if the store cannot be reached
	 */
	public void broadcast(SessionRecord record, JSONRPCNotification notification) {
		JSONRPCNotification shortened = RequestNotifications.shortened(notification);
		if (shortened != null) {
			this.node.broadcast(NodeMessage.clientNotification(this.scope, record, JsonRpcMessages.write(shortened)));
		}
	}

}
