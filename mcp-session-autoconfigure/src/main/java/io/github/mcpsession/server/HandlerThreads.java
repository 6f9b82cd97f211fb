package io.github.mcpsession.server;

import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * The threads on which handlers of the application go on that are not on the thread of a
 * request. They are those of {@link Schedulers#boundedElastic()} for neither: others wait
 * there for the very messages that these bring, or for nothing of ours at all.
 *
 * @param replies for what a client has sent by another node: whatever waits for it goes
 * on, for long perhaps, on the thread that brings it
 * @param tools for tools that may let go of their connection
 */
record HandlerThreads(Scheduler replies, Scheduler tools) implements AutoCloseable {

	/**
	 * From here on a virtual thread that waits within a monitor does not keep a processor
	 * from the others (JEP 491).
	 */
	private static final int VIRTUAL_THREADS_SINCE = 24;

	private static final int MAX_PLATFORM_THREADS = 256;

	private static final int IDLE_SECONDS = 60;

	/**
	 * Make the threads of a node.
	 * @param tools how many tools run at once that may let go of their connection
	 * @return the threads, to be closed with the node
	 */
	static HandlerThreads create(int tools) {
		return new HandlerThreads(replyThreads("mcp-session-handler"), toolThreads("mcp-session-tool", tools));
	}

	private static Scheduler replyThreads(String name) {
		if (Runtime.version().feature() < VIRTUAL_THREADS_SINCE) {
			return Schedulers.newBoundedElastic(MAX_PLATFORM_THREADS, Integer.MAX_VALUE, name, IDLE_SECONDS, true);
		}
		SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor(name + "-");
		executor.setVirtualThreads(true);
		return Schedulers.fromExecutor(executor);
	}

	private static Scheduler toolThreads(String name, int threads) {
		ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
		executor.setThreadNamePrefix(name + "-");
		executor.setDaemon(true);
		executor.setCorePoolSize(threads);
		executor.setMaxPoolSize(threads);
		executor.setKeepAliveSeconds(IDLE_SECONDS);
		executor.setAllowCoreThreadTimeOut(true);
		executor.initialize();
		return Schedulers.fromExecutorService(executor.getThreadPoolExecutor(), name);
	}

	@Override
	public void close() {
		this.replies.dispose();
		this.tools.dispose();
	}

}
