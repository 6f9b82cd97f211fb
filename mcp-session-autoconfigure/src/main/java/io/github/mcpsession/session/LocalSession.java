package io.github.mcpsession.session;

import io.github.mcpsession.SessionRecord;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import reactor.core.publisher.Mono;

/**
 * This node's copy of a stored session. The record may be older than what the store has;
 * it only ever goes to a higher version.
 * <p>
 * Thread-safe: request threads, threads of the cluster and the maintenance thread call
 * any method at any time. {@link UseCount} decides between requests and eviction.
 */
public interface LocalSession {

	/**
	 * The session id.
	 * @return the id
	 */
	String id();

	/**
	 * What the store had of the session when it was last asked.
	 * @return the record
	 * @throws IllegalStateException if the session has not been saved yet
	 */
	SessionRecord record();

	/**
	 * Take over what the store has, unless something newer is here already.
	 * @param stored what was read from the store
	 * @param since when the store was asked for it, by {@link System#nanoTime()}
	 */
	void refresh(SessionRecord stored, long since);

	/**
	 * Who uses this copy, and since when nobody does.
	 * @return the count
	 */
	UseCount use();

	/**
	 * Whether the client may still reply to a request of this node.
	 * @return whether a request waits
	 */
	boolean awaitsReply();

	/**
	 * Whether the client may still reply to a certain request of this node.
	 * @param requestId the id of the request, as the SDK knows it
	 * @return whether the request waits
	 */
	boolean awaitsReplyTo(String requestId);

	/**
	 * Whether this copy must not be evicted.
	 * @return whether a request of the client or of this node is under way
	 */
	default boolean isInUse() {
		return use().isHeld() || awaitsReply();
	}

	/**
	 * Where the client listens, if it listens to this node.
	 * @return never {@code null}; may not be open
	 */
	Listening listening();

	/**
	 * How many streams are open.
	 * @return the numbers
	 */
	OpenStreams openStreams();

	/**
	 * Take the client's reply to a request of this copy.
	 * @param reply the reply, with the id of the request as the SDK knows it
	 * @return fails with an {@link IllegalStateException} if no request waits for it
	 */
	Mono<Void> receiveReply(JSONRPCResponse reply);

	/**
	 * Take a notification of the client about a request, if that runs here.
	 * @param notification a cancellation or progress
	 * @return completes when it is handled, or is about nothing here
	 */
	Mono<Void> receiveNotification(JSONRPCNotification notification);

	/**
	 * Close all connections of a copy that is not served any more: requests that wait for
	 * the client fail, streams end.
	 * @return completes when all are closed
	 */
	Mono<Void> closeConnections();

}
