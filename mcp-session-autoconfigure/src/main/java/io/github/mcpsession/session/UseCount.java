package io.github.mcpsession.session;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who uses this node's copy of a session, and when what was done with it last. All times
 * are those of {@link System#nanoTime()}.
 * <p>
 * Thread-safe. The count decides between those that use the copy and eviction: the change
 * from 0 to {@link #CLOSED} is atomic, so a copy is never evicted while it is held, and
 * nobody gets to hold an evicted one. Of those that want to reset the idle timeout in the
 * store one at a time may.
 */
public final class UseCount {

	private static final int CLOSED = Integer.MIN_VALUE;

	private static final long LONG_AGO = Duration.ofDays(365).toNanos();

	private final AtomicInteger holders = new AtomicInteger();

	private final AtomicBoolean used = new AtomicBoolean();

	private volatile long lastUsed = System.nanoTime();

	/**
	 * Guarded by the monitor of this, to be written.
	 */
	private volatile long lastValidated = System.nanoTime() - LONG_AGO;

	/**
	 * Guarded by the monitor of this.
	 */
	private long lastTouched = System.nanoTime();

	/**
	 * Hold the copy, so that it is not evicted.
	 * @return whether it was still open
	 */
	public boolean acquire() {
		this.lastUsed = System.nanoTime();
		return this.holders.getAndUpdate((count) -> (count == CLOSED) ? CLOSED : count + 1) != CLOSED;
	}

	/**
	 * Whether this was not asked before.
	 * @return whether it is the first time
	 */
	boolean isFirst() {
		return !this.used.getAndSet(true);
	}

	/**
	 * Hold the copy no longer.
	 */
	public void release() {
		this.lastUsed = System.nanoTime();
		this.holders.updateAndGet((count) -> (count == CLOSED) ? CLOSED : count - 1);
	}

	boolean isHeld() {
		return this.holders.get() > 0;
	}

	/**
	 * Close the copy to new requests, if none holds it.
	 * @return whether it was closed by this call
	 */
	boolean closeUnlessHeld() {
		return this.holders.compareAndSet(0, CLOSED);
	}

	long lastUsed() {
		return this.lastUsed;
	}

	/**
	 * The copy is what the store had at some time after this one.
	 * @param since when the store was asked for it, before it had an answer
	 */
	public synchronized void validated(long since) {
		if (since - this.lastValidated > 0) {
			this.lastValidated = since;
		}
	}

	long lastValidated() {
		return this.lastValidated;
	}

	/**
	 * Whether it is time to reset the idle timeout in the store. If so, it is up to the
	 * caller to do it.
	 * @param interval the time between two resets, in nanoseconds
	 * @return whether the caller must reset the idle timeout
	 */
	synchronized boolean claimTouch(long interval) {
		long now = System.nanoTime();
		if (now - this.lastTouched < interval) {
			return false;
		}
		this.lastTouched = now;
		return true;
	}

	/**
	 * Have the idle timeout reset at the next occasion.
	 */
	synchronized void touchSoon() {
		this.lastTouched = System.nanoTime() - LONG_AGO;
	}

}
