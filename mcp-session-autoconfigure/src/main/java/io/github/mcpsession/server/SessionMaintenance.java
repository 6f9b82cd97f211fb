package io.github.mcpsession.server;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

import io.github.mcpsession.ExpiryCleaner;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.session.SessionSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.scheduling.support.TaskUtils;

/**
 * Joins and leaves the cluster and runs the periodic tasks, on threads of its own: keep
 * sessions alive that are in use, drop local copies that are not, and clean up after
 * expired sessions where the store does not do so itself.
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

	private final ManagedServers servers;

	private final List<ExpiryCleaner> cleaners;

	private final List<SessionStore> expiring;

	private final Duration cleanupInterval;

	private volatile @Nullable ThreadPoolTaskScheduler scheduler;

	/**
	 * Create the maintenance of a node.
	 * @param servers the servers whose sessions the node holds
	 * @param stores the stores themselves, not guarded, of which some may have to be
	 * cleaned up
	 * @param cleanupInterval the time between two clean-ups, give or take a quarter
	 */
	public SessionMaintenance(ManagedServers servers, Collection<?> stores, Duration cleanupInterval) {
		this.servers = servers;
		this.cleaners = stores.stream().filter(ExpiryCleaner.class::isInstance).map(ExpiryCleaner.class::cast).toList();
		this.expiring = stores.stream().filter(SessionStore.class::isInstance).map(SessionStore.class::cast).toList();
		this.cleanupInterval = cleanupInterval;
	}

	@Override
	public void start() {
		this.servers.join();
		NodeRuntime runtime = this.servers.runtime();
		ThreadPoolTaskScheduler started = new ThreadPoolTaskScheduler();
		started.setThreadNamePrefix("mcp-session-maintenance-");
		started.setDaemon(true);
		started.setPoolSize(THREADS);
		started.initialize();
		started.scheduleWithFixedDelay(forEach(ManagedServer::maintain), interval());
		started.scheduleWithFixedDelay(runtime.retries()::retry, SHORT_INTERVAL);
		started.scheduleWithFixedDelay(forEach(ManagedServer::broadcastResources), ANNOUNCE_INTERVAL);
		started.scheduleWithFixedDelay(forEach(ManagedServer::runPeriodicTasks), SHORT_INTERVAL);
		started.scheduleWithFixedDelay(forEach(ManagedServer::validateAgain), SHORT_INTERVAL);
		started.scheduleWithFixedDelay(runtime.watch()::checkMembers,
				runtime.nodeSettings().heartbeatInterval().multipliedBy(HEARTBEATS_PER_LOOK));
		started.scheduleWithFixedDelay(() -> this.expiring.forEach(this::endExpired), interval());
		if (!this.cleaners.isEmpty()) {
			started.schedule(this::cleanUp, (context) -> Instant.now().plus(jitter(this.cleanupInterval)));
		}
		this.scheduler = started;
	}

	/**
	 * Do something for each server, whatever happens to the others.
	 */
	private Runnable forEach(Consumer<ManagedServer> task) {
		return () -> this.servers.all()
			.forEach((server) -> TaskUtils.decorateTaskWithErrorHandler(() -> task.accept(server), null, true).run());
	}

	private Duration interval() {
		SessionSettings settings = this.servers.runtime().settings();
		Duration interval = settings.initialLife().dividedBy(20);
		Duration maxAge = settings.maxAge();
		if (maxAge != null && maxAge.dividedBy(20).compareTo(interval) < 0) {
			interval = maxAge.dividedBy(20);
		}
		Duration eviction = settings.local().idleTimeout().dividedBy(4);
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

	/**
	 * Whoever takes a session that has expired ends it, for all nodes.
	 */
	private void endExpired(SessionStore store) {
		try {
			List<String> expired;
			do {
				expired = store.takeExpired(CLEANUP_BATCH);
				expired.forEach(this.servers::expired);
			}
			while (!expired.isEmpty() && isRunning());
		}
		catch (RuntimeException ex) {
			logger.debug("Expired sessions could not be taken; retrying later", ex);
		}
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
			logger.debug("Expired sessions could not be cleaned up; retrying later", ex);
		}
	}

	@Override
	public void stop() {
		ThreadPoolTaskScheduler started = this.scheduler;
		this.scheduler = null;
		if (started != null) {
			started.shutdown();
			this.servers.leave();
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
