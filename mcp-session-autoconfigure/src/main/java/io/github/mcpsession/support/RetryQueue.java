package io.github.mcpsession.support;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

import io.github.mcpsession.SessionStoreException;

/**
 * What the store could not be asked for while it gave no answer. Any thread adds to it;
 * one tries again, by the clock.
 *
 * @param <T> what is asked for
 */
public final class RetryQueue<T> {

	private static final int MAX = 1000;

	private final Queue<T> queue = new ConcurrentLinkedQueue<>();

	/**
	 * Add one, unless there are too many.
	 */
	public void add(T entry) {
		if (this.queue.size() < MAX) {
			this.queue.add(entry);
		}
	}

	/**
	 * Try all again, up to the first that fails.
	 * @param action asks the store
	 */
	public void retry(Consumer<T> action) {
		T next = this.queue.poll();
		while (next != null) {
			try {
				action.accept(next);
			}
			catch (SessionStoreException ex) {
				// another one next time, in case it is for what this one says
				this.queue.add(next);
				return;
			}
			next = this.queue.poll();
		}
	}

}
