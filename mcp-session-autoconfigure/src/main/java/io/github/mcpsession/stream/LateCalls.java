package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins the streams of calls that are not answered at once.
 * <p>
 * Any thread adds a call, which costs it an entry in a queue. One thread takes the calls
 * out in the order in which they came, when they are due, and skips those that have ended
 * by then. It sleeps while there are none.
 */
final class LateCalls implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(LateCalls.class);

	/**
	 * A call that is answered within this time may leave no trace in the log.
	 */
	private static final Duration SHORT_CALL = Duration.ofMillis(25);

	/**
	 * However many calls there are, the thread wakes up no more often.
	 */
	private static final long SHORTEST_PAUSE_NANOS = Duration.ofMillis(2).toNanos();

	private final Queue<Entry> queue = new ConcurrentLinkedQueue<>();

	private final Thread thread = new Thread(this::run, "mcp-session-calls");

	private volatile boolean idle;

	private volatile boolean closed;

	private record Entry(CallStream call, Executor background, long due) {
	}

	LateCalls() {
		this.thread.setDaemon(true);
		this.thread.start();
	}

	/**
	 * Have a call begin unless it ends soon.
	 * @param call the stream of the call
	 * @param background runs what makes calls to the store
	 */
	void add(CallStream call, Executor background) {
		this.queue.add(new Entry(call, background, System.nanoTime() + SHORT_CALL.toNanos()));
		if (this.idle) {
			LockSupport.unpark(this.thread);
		}
	}

	private void run() {
		while (!this.closed) {
			Entry next = this.queue.peek();
			if (next == null) {
				this.idle = true;
				// looked at again: one may have come before this was idle
				if (this.queue.isEmpty() && !this.closed) {
					LockSupport.park(this);
				}
				this.idle = false;
				continue;
			}
			long wait = next.due() - System.nanoTime();
			if (wait > 0) {
				LockSupport.parkNanos(this, Math.max(wait, SHORTEST_PAUSE_NANOS));
				continue;
			}
			this.queue.poll();
			if (!next.call().isComplete()) {
				begin(next);
			}
		}
	}

	private static void begin(Entry late) {
		try {
			late.background().execute(late.call()::beginUnlessBusy);
		}
		catch (Throwable ex) {
			// one that gets away would end this for all calls; its heartbeat begins this
			// one
			logger.debug("A call could not begin: {}", ex.getClass().getName());
		}
	}

	@Override
	public void close() {
		this.closed = true;
		LockSupport.unpark(this.thread);
	}

}
