package io.github.mcpsession.cluster;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives the messages for a node, on a thread of its own that goes on whatever happens:
 * without it the node would hear nothing any more. Any thread may ask whether it does.
 */
final class Receiver {

	private static final Logger logger = LoggerFactory.getLogger(Receiver.class);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);

	private static final long PAUSE_AFTER_FAILURE_MILLIS = 250;

	private final NodeChannel channel;

	private final String node;

	private final Duration timeout;

	private final Consumer<String> messages;

	private final Runnable onFailure;

	private final Runnable onRecovery;

	private volatile @Nullable Thread thread;

	/**
	 * When the channel last had an answer, as {@link System#nanoTime()}.
	 */
	private volatile long lastReceived = System.nanoTime();

	/**
	 * For the thread only.
	 */
	private boolean failed;

	/**
	 * Create a receiver.
	 * @param channel to receive by
	 * @param node the node
	 * @param timeout after how long without an answer of the channel it is deaf
	 * @param messages is given each message
	 * @param onFailure called each time when the channel gives no answer
	 * @param onRecovery called when it is not deaf any more
	 */
	Receiver(NodeChannel channel, String node, Duration timeout, Consumer<String> messages, Runnable onFailure,
			Runnable onRecovery) {
		this.channel = channel;
		this.node = node;
		this.timeout = timeout;
		this.messages = messages;
		this.onFailure = onFailure;
		this.onRecovery = onRecovery;
	}

	void start() {
		this.lastReceived = System.nanoTime();
		Thread started = new Thread(this::run, "mcp-session-receiver");
		started.setDaemon(true);
		this.thread = started;
		started.start();
	}

	void stop() {
		Thread started = this.thread;
		this.thread = null;
		if (started != null) {
			started.interrupt();
		}
	}

	/**
	 * Whether the channel has had no answer for too long, for whatever reason: it fails,
	 * or hangs, or the thread was not given the time.
	 */
	boolean isDeaf() {
		return System.nanoTime() - this.lastReceived > this.timeout.toNanos();
	}

	private void run() {
		while (this.thread == Thread.currentThread()) {
			try {
				receive();
			}
			catch (Throwable ex) {
				// there was no memory to say so
			}
		}
	}

	private void receive() {
		try {
			// after a failure, do not wait for a message to know that it is over
			List<String> received = this.channel.receive(this.node, this.failed ? Duration.ZERO : wait(this.timeout));
			this.failed = false;
			received.forEach(this::accept);
			boolean wasDeaf = isDeaf();
			this.lastReceived = System.nanoTime();
			if (wasDeaf) {
				this.onRecovery.run();
			}
		}
		catch (InterruptedException ex) {
			logger.debug("The receiver was interrupted");
		}
		catch (Throwable ex) {
			this.failed = true;
			this.onFailure.run();
			if (ex instanceof Error) {
				logger.error("Messages could not be received; retrying", ex);
			}
			else {
				logger.debug("Messages could not be received; retrying", ex);
			}
			pause();
		}
	}

	private static Duration wait(Duration timeout) {
		Duration part = timeout.dividedBy(4);
		return (part.compareTo(LONGEST_WAIT) < 0) ? part : LONGEST_WAIT;
	}

	private static void pause() {
		try {
			Thread.sleep(PAUSE_AFTER_FAILURE_MILLIS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void accept(String message) {
		try {
			this.messages.accept(message);
		}
		catch (Throwable ex) {
			// the others of its batch are out of the inbox too; what it says may quote
			// the message
			logger.warn("A message between nodes could not be accepted: {}", ex.getClass().getName());
		}
	}

}
