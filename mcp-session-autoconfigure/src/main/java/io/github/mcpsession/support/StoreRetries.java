package io.github.mcpsession.support;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.github.mcpsession.SessionStoreException;

/**
 * Calls that failed because the store was unavailable, to be made again. Any thread adds
 * some; one thread makes them, periodically. They are kept in the memory of this node,
 * and not for ever.
 */
public final class StoreRetries {

	private static final int MAX = 1000;

	private final Queue<Call> calls = new ConcurrentLinkedQueue<>();

	private final long maxAgeNanos;

	/**
	 * Create an empty queue.
	 * @param maxAge for how long after it failed a call is of use
	 */
	public StoreRetries(Duration maxAge) {
		this.maxAgeNanos = maxAge.toNanos();
	}

	/**
	 * Make a call now, and again later if the store is unavailable.
	 * @param call the call
	 */
	public void callNowOrLater(Runnable call) {
		try {
			call.run();
		}
		catch (SessionStoreException ex) {
			callLater(call);
		}
	}

	/**
	 * Make a call later, unless too many are waiting already.
	 * @param call the call
	 */
	public void callLater(Runnable call) {
		if (this.calls.size() < MAX) {
			this.calls.add(new Call(call, System.nanoTime()));
		}
	}

	/**
	 * Make the calls that are waiting, up to the first that fails.
	 */
	public void retry() {
		Call next = this.calls.poll();
		while (next != null) {
			try {
				if (System.nanoTime() - next.since() <= this.maxAgeNanos) {
					next.call().run();
				}
			}
			catch (SessionStoreException ex) {
				// another one first next time, in case it is for what this one says
				this.calls.add(next);
				return;
			}
			next = this.calls.poll();
		}
	}

	/**
	 * A call that is waiting.
	 *
	 * @param call the call
	 * @param since when it failed first
	 */
	private record Call(Runnable call, long since) {
	}

}
