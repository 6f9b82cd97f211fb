package io.github.mcpsession.server;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

import io.github.mcpsession.ExpiryCleaner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * Has this node join and leave the cluster, and does what is to be done by the clock, on
 * threads of its own: keep sessions alive that are in use, drop local copies that are
 * not, and clean up after expired sessions where the store does not do so itself.
 *
 * @since 0.1.0
 */
public final class SessionMaintenance implements SmartLifecycle {

	/**
	 * Before the web server takes requests, and until it has finished the last.
	 */
	static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 4096;

	private static final Logger logger = LoggerFactory.getLogger(SessionMaintenance.class);

	/**
	 * A clean-up that hangs must not let sessions expire that are in use, nor streams end
	 * late.
	 */
	private static final int THREADS = 4;

	private static final int CLEANUP_BATCH = 100;

	private static final Duration MIN_INTERVAL = Duration.ofMillis(50);

	private static final Duration MAX_INTERVAL = Duration.ofSeconds(10);

	private static final Duration SHORT_INTERVAL = Duration.ofMillis(500);

	private static final Duration ANNOUNCE_INTERVAL = Duration.ofMinutes(1);

	private static final int HEARTBEATS_PER_LOOK = 5;

	private final ManagedServer node;

	private final List<ExpiryCleaner> cleaners;

	private final Duration cleanupInterval;

	private volatile @Nullable ThreadPoolTaskScheduler scheduler;

	/**
	 * Create the maintenance of a node.
	 * @param node the node
	 * @param stores the stores themselves, not guarded, of which some may have to be
	 * cleaned up
	 * @param cleanupInterval the time between two clean-ups, give or take a quarter
	 */
	public SessionMaintenance(ManagedServer node, Collection<?> stores, Duration cleanupInterval) {
		this.node = node;
		this.cleaners = stores.stream().filter(ExpiryCleaner.class::isInstance).map(ExpiryCleaner.class::cast).toList();
		this.cleanupInterval = cleanupInterval;
	}

	@Override
	public void start() {
		this.node.join();
		ThreadPoolTaskScheduler started = new ThreadPoolTaskScheduler();
		started.setThreadNamePrefix("mcp-session-maintenance-");
		started.setDaemon(true);
		started.setPoolSize(THREADS);
		started.initialize();
		started.scheduleWithFixedDelay(this.node::maintain, interval());
		started.scheduleWithFixedDelay(this.node::announceResources, ANNOUNCE_INTERVAL);
		started.scheduleWithFixedDelay(this.node::lookAfterStreams, SHORT_INTERVAL);
		started.scheduleWithFixedDelay(this.node::validateAgain, SHORT_INTERVAL);
		started.scheduleWithFixedDelay(this.node::lookAtNodes,
				this.node.heartbeatInterval().multipliedBy(HEARTBEATS_PER_LOOK));
		if (!this.cleaners.isEmpty()) {
			started.schedule(this::cleanUp, (context) -> Instant.now().plus(jitter(this.cleanupInterval)));
		}
		this.scheduler = started;
	}

	private Duration interval() {
		Duration interval = this.node.settings().timeout().dividedBy(20);
		Duration maxAge = this.node.settings().maxAge();
		if (maxAge != null && maxAge.dividedBy(20).compareTo(interval) < 0) {
			interval = maxAge.dividedBy(20);
		}
		Duration eviction = this.node.settings().localIdleTimeout().dividedBy(4);
		interval = (eviction.compareTo(interval) < 0) ? eviction : interval;
		interval = (interval.compareTo(MAX_INTERVAL) > 0) ? MAX_INTERVAL : interval;
		return (interval.compareTo(MIN_INTERVAL) < 0) ? MIN_INTERVAL : interval;
	}

	/**
	 * Nodes that were started together do not clean up together.
	 */
	private static Duration jitter(Duration interval) {
		double factor = ThreadLocalRandom.current().nextDouble(0.75, 1.25);
		return Duration.ofMillis((long) (interval.toMillis() * factor));
	}

	private void cleanUp() {
		this.cleaners.forEach(this::cleanUp);
	}

	private void cleanUp(ExpiryCleaner cleaner) {
		try {
			int deleted;
			do {
				deleted = cleaner.deleteExpired(CLEANUP_BATCH);
			}
			while (deleted == CLEANUP_BATCH && isRunning());
		}
		catch (RuntimeException ex) {
			logger.debug("Expired sessions could not be cleaned up; trying again later", ex);
		}
	}

	@Override
	public void stop() {
		ThreadPoolTaskScheduler started = this.scheduler;
		this.scheduler = null;
		if (started != null) {
			started.shutdown();
			this.node.leave();
		}
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	@Override
	public boolean isRunning() {
		return this.scheduler != null;
	}

}
