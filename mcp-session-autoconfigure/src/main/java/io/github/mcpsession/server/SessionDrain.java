package io.github.mcpsession.server;

import java.time.Duration;

import org.springframework.context.SmartLifecycle;

/**
 * The first thing that happens when a node is told to stop: listening streams end at
 * once, with word when to come back, which then is to another node. For a while requests
 * are served on, but each answer asks the client to close its connection: so none is in
 * use when the web server takes no more, and nobody is refused. Calls that have let go of
 * their connections are waited for.
 * <p>
 * Waits on a thread of its own, for no longer than Spring waits for the phase.
 */
public final class SessionDrain implements SmartLifecycle {

	/**
	 * Before Spring Boot's web server begins its graceful shutdown.
	 */
	static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

	private static final long LOOK_INTERVAL_MILLIS = 50;

	private final ManagedServers servers;

	private final Duration time;

	private volatile boolean running;

	/**
	 * Create the drain of a node.
	 * @param servers the servers that the node has
	 * @param time for how long to serve on; zero to stop at once
	 */
	public SessionDrain(ManagedServers servers, Duration time) {
		this.servers = servers;
		this.time = time;
	}

	@Override
	public void start() {
		this.servers.drain(false);
		this.running = true;
	}

	@Override
	public void stop() {
		this.running = false;
		this.servers.drain(true);
	}

	@Override
	public void stop(Runnable callback) {
		stop();
		if (this.time.isZero()) {
			callback.run();
			return;
		}
		Thread thread = new Thread(() -> {
			waitForClients();
			callback.run();
		}, "mcp-session-drain");
		thread.setDaemon(true);
		thread.start();
	}

	private void waitForClients() {
		try {
			Thread.sleep(this.time.toMillis());
			while (this.servers.hasDetachedCalls() && !this.running) {
				Thread.sleep(LOOK_INTERVAL_MILLIS);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Not stopped when a test context is paused: each switch between contexts would take
	 * as long as a drain.
	 */
	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

}
