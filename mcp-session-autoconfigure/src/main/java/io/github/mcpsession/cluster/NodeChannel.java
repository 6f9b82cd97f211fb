package io.github.mcpsession.cluster;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Connects the nodes of one application through the store that they share: an inbox for
 * each node, and a register of the nodes that are alive.
 * <p>
 * Delivery is in order per sender, and at least once: a message stays in the inbox until
 * {@link #receive} has returned it, also while the receiver's connection to the store is
 * down. A receiver must expect to get a message twice.
 * <p>
 * Node names are 16 lower-case hexadecimal digits; implementations may rely on it.
 * Messages are text of any length. All methods are safe for use by many threads, except
 * that {@link #receive} is called by one thread per node. A method that cannot reach the
 * store throws any unchecked exception. Time is judged by the clock of the store.
 *
 * @since 0.1.0
 */
public interface NodeChannel {

	/**
	 * Register that a node is alive; the first heartbeat makes it known and opens its
	 * inbox.
	 * @param node the node
	 * @param timeout how long it is considered alive without another heartbeat
	 * @return whether it was considered alive until now; {@code false} if it joins, or
	 * its last heartbeat was too long ago, or the store has lost it: the others may have
	 * considered it dead, and sent nothing to it
	 */
	boolean heartbeat(String node, Duration timeout);

	/**
	 * Remove a node, with its inbox.
	 * @param node the node
	 */
	void leave(String node);

	/**
	 * The nodes that are alive, and their ages, which are for operators to see and for
	 * nothing else: a node that was considered dead for a while may count as new.
	 * @return how long ago each of them joined, by its name; never negative
	 */
	Map<String, Duration> nodes();

	/**
	 * A random text that the nodes of the application share, and that nobody knows who
	 * cannot read the store. It changes when all nodes have left, and may change when one
	 * leaves: what depends on it may become invalid.
	 * @return the text, of at least 128 random bits
	 */
	String secret();

	/**
	 * Put a message into the inbox of a node.
	 * @param node the node
	 * @param message the message
	 * @return {@code false}, and nothing sent, if the node is not alive
	 */
	boolean send(String node, String message);

	/**
	 * Put a message into the inboxes of all nodes that are alive, the sender's included.
	 * Its cost does not depend on the number of sessions.
	 * @param message the message
	 */
	void sendToAll(String message);

	/**
	 * Take messages out of the inbox of a node, waiting for some if there are none.
	 * Returns no more than fit into memory together: one message may have a megabyte.
	 * What cannot be read is left out, and does not delay later messages.
	 * @param node the node
	 * @param timeout how long to wait at most, approximately
	 * @return the messages, oldest first; empty if none came
	 * @throws InterruptedException if the thread was interrupted while waiting
	 */
	List<String> receive(String node, Duration timeout) throws InterruptedException;

}
