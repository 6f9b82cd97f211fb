package io.github.mcpsession.stream;

import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The threads of all streams of this node, whichever MCP server they are of: few, and not
 * those that a slow client could hold up for others.
 *
 * @param polling for reading the log again
 * @param heartbeats for what is written to clients by the clock
 * @param sending for what is sent by threads that must not wait, as those of timers
 * @param lateCalls begins the streams of calls that are not answered at once
 */
public record StreamThreads(Scheduler polling, Scheduler heartbeats, Scheduler sending,
		LateCalls lateCalls) implements AutoCloseable {

	static final int HEARTBEAT_TASKS = 4;

	private static final int SENDING_THREADS = 64;

	private static final int IDLE_SECONDS = 60;

	/**
	 * Make the threads.
	 * @return the threads, to be closed with the node
	 */
	public static StreamThreads create() {
		return new StreamThreads(Schedulers.newSingle("mcp-session-streams", true),
				Schedulers.newBoundedElastic(HEARTBEAT_TASKS, Integer.MAX_VALUE, "mcp-session-stream-heartbeat",
						IDLE_SECONDS, true),
				Schedulers.newBoundedElastic(SENDING_THREADS, Integer.MAX_VALUE, "mcp-session-sending", IDLE_SECONDS,
						true),
				new LateCalls());
	}

	@Override
	public void close() {
		this.polling.dispose();
		this.heartbeats.dispose();
		this.sending.dispose();
		this.lateCalls.close();
	}

}
