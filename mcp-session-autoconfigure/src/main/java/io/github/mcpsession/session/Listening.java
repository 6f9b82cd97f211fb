package io.github.mcpsession.session;

import io.github.mcpsession.stream.Announcement;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The connection by which the client of a session listens to this node, if it does. Of
 * several the newest is the one; the others are left open, and get nothing. Thread-safe.
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
	 * An announcement was made that the client would have been sent if it listened here.
	 */
	void missed();

	/**
	 * Whether an announcement may have been missed since this was last asked.
	 * @return whether it may
	 */
	boolean takeMissed();

	/**
	 * Whether this was not asked yet about what is known of the nodes now.
	 * @param members what is known, by its identity
	 * @return whether it is the first time
	 */
	boolean isFirstLook(Object members);

	/**
	 * Send what other nodes have kept in the log, if the client listens here.
	 */
	void catchUp();

	/**
	 * Close the connection, if there is one, and those that were left open.
	 */
	void close();

	/**
	 * Leave a connection open, but idle: it was replaced by one on another node.
	 * @param id the id of the connection
	 * @return whether it was that by which the client listened
	 */
	boolean retire(@Nullable String id);

	/**
	 * Whether connections were left open.
	 * @return whether there is one that could be promoted
	 */
	boolean hasIdle();

	/**
	 * Have the newest of the connections that were left open be that by which the client
	 * listens, if there is no other.
	 * @return its id, {@code null} if there is none, or the client listens
	 */
	@Nullable String promote();

	/**
	 * Send what was kept by the connection that was promoted.
	 */
	void wake();

}
