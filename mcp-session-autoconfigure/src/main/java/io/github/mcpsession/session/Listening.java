package io.github.mcpsession.session;

import io.github.mcpsession.stream.Announcement;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The connection by which the client of a session listens to this node, if it does. Of
 * several the newest is the one. Thread-safe.
 *
 * @see StreamLocation
 */
public interface Listening {

	/**
	 * Whether the client listens to this node.
	 * @return whether there is a connection
	 */
	boolean isOpen();

	/**
	 * The connection by which the client listens.
	 * @return its id, {@code null} if there is none
	 */
	@Nullable String id();

	/**
	 * The record says that the client listens by a connection. If that was replaced
	 * meanwhile this says nothing about the newer one.
	 * @param id the id of the connection
	 */
	void claimed(String id);

	/**
	 * Whether the record says, or has said, that the client listens by a connection.
	 * @param id the id of the connection
	 * @return whether it is the current one, and claimed
	 */
	boolean isClaimed(String id);

	/**
	 * Send a message.
	 * @param message the message
	 * @return completes when it is sent, with whether the client still listens by the
	 * connection that it was sent by; {@code null} if the client does not listen here
	 */
	@Nullable Mono<Boolean> send(JSONRPCMessage message);

	/**
	 * Send an announcement, if the client listens here.
	 * @param announcement the announcement
	 * @param again whether those who listen here may have heard it, before it had a
	 * number
	 */
	void announce(Announcement announcement, boolean again);

	/**
	 * Send what other nodes have kept in the log, if the client listens here.
	 */
	void catchUp();

	/**
	 * Close the connection, if there is one.
	 */
	void close();

	/**
	 * Close a connection that was replaced by one on another node.
	 * @param id the id of the connection
	 * @return whether it was that by which the client listened
	 */
	boolean close(@Nullable String id);

}
