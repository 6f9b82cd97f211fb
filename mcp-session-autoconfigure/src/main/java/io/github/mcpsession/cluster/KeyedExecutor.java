package io.github.mcpsession.cluster;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;

/**
 * Runs tasks of one key one after the other, and of different keys side by side, so that
 * a slow one holds up only those that must not overtake it. Thread-safe; forgets a key
 * when its last task has ended.
 */
final class KeyedExecutor {

	private final ConcurrentMap<String, CompletableFuture<Void>> last = new ConcurrentHashMap<>();

	private final Executor executor;

	KeyedExecutor(Executor executor) {
		this.executor = executor;
	}

	/**
	 * Run a task after all others of its key.
	 * @param key the key
	 * @param task the task, which must not throw
	 */
	void run(String key, Runnable task) {
		CompletableFuture<Void> mine = this.last.compute(key, (name, before) -> (before != null)
				? before.thenRunAsync(task, this.executor) : CompletableFuture.runAsync(task, this.executor));
		mine.whenComplete((nothing, ex) -> this.last.remove(key, mine));
	}

}
