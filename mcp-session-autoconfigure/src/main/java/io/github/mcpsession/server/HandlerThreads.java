package io.github.mcpsession.server;

import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.task.SimpleAsyncTaskExecutor;

/**
 * Threads for what a client has sent by another node: whatever waits for it goes on, for
 * long perhaps, on the thread that brings it. They must not be those of
 * {@link Schedulers#boundedElastic()}, where tools wait for these very messages, nor
 * those of the cluster.
 */
final class HandlerThreads {

	private static final String NAME = "mcp-session-handler";

	/**
	 * From here on a virtual thread that waits within a monitor does not keep a processor
	 * from the others (JEP 491).
	 */
	private static final int VIRTUAL_THREADS_SINCE = 24;

	private static final int MAX_PLATFORM_THREADS = 256;

	private static final int IDLE_SECONDS = 60;

	private HandlerThreads() {
	}

	/**
	 * Make threads for a node.
	 * @return a scheduler, to be disposed of with the node
	 */
	static Scheduler create() {
		if (Runtime.version().feature() < VIRTUAL_THREADS_SINCE) {
			return Schedulers.newBoundedElastic(MAX_PLATFORM_THREADS, Integer.MAX_VALUE, NAME, IDLE_SECONDS, true);
		}
		SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor(NAME + "-");
		executor.setVirtualThreads(true);
		return Schedulers.fromExecutor(executor);
	}

}
