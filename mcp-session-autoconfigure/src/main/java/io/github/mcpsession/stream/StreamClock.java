package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics.Fate;
import io.github.mcpsession.support.StoreRetries;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;

/**
 * What is done for the streams of this node by the clock: heartbeats, polls, ends of
 * calls whose node is dead, and writes of ends that failed.
 * <p>
 * One maintenance thread calls {@link #run}. Heartbeats and polls, which may wait for a
 * slow client, have few threads of their own, {@link StreamThreads}. Any thread reports
 * what has failed.
 */
final class StreamClock {

	private static final Logger logger = LoggerFactory.getLogger(StreamClock.class);

	private static final Duration POLL_INTERVAL = Duration.ofSeconds(5);

	private final NodeStreams streams;

	private final Node node;

	private final SessionMetrics metrics;

	private final StoreRetries retries;

	private final Scheduler polling;

	private final Scheduler heartbeats;

	private final Set<Integer> heartbeatsUnderWay = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean gap = new AtomicBoolean();

	private volatile boolean gapLately;

	private long lastHeartbeat = System.nanoTime();

	private long lastPoll = System.nanoTime();

	StreamClock(NodeStreams streams, Node node, StreamThreads threads, SessionMetrics metrics) {
		this.streams = streams;
		this.node = node;
		this.polling = threads.polling();
		this.heartbeats = threads.heartbeats();
		this.metrics = metrics;
		this.retries = new StoreRetries(streams.settings().limits().retention());
	}

	/**
	 * An event was sent that is not in the log.
	 */
	void onGap() {
		this.metrics.events(Fate.UNWRITTEN, 1);
		this.gapLately = true;
		if (this.gap.compareAndSet(false, true)) {
			logger.warn("Sending messages that clients cannot get again, since the session store does not respond");
		}
	}

	/**
	 * The end of a stream could not be written: try again.
	 */
	void writeLater(String sessionId, StreamWrite end) {
		this.retries.callLater(() -> {
			WriteResult result = this.streams.log().write(sessionId, end);
			if (result.reader() != null) {
				this.streams.readers().sendAppended(sessionId, result.reader());
			}
			if (end.owner() == null) {
				this.streams.listenerIsBehind(sessionId);
			}
		});
	}

	/**
	 * A call could not be begun: try again, so that it can be resumed.
	 */
	void beginLater(CallStream call) {
		this.retries.callLater(() -> {
			if (!call.isComplete() && !call.beginUnlessBusy()) {
				throw new SessionStoreException("A call is not known to the log yet", null);
			}
		});
	}

	/**
	 * On another thread, since this one may hold locks that the stream's must not wait
	 * for.
	 */
	void saveProgressSoon(ListeningStream stream) {
		runSoon(() -> saveProgress(stream));
	}

	void runSoon(Runnable task) {
		try {
			this.heartbeats.schedule(task);
		}
		catch (RejectedExecutionException ex) {
			task.run();
		}
	}

	private static void saveProgress(ListeningStream stream) {
		try {
			stream.saveProgress();
		}
		catch (SessionStoreException ex) {
			logger.debug("The position of a client in its stream could not be saved", ex);
		}
	}

	void redirect(SseStream stream) {
		this.heartbeats.schedule(stream::redirect);
	}

	/**
	 * To be called twice a second.
	 */
	void run() {
		long now = System.nanoTime();
		if (now - this.lastHeartbeat > this.streams.settings().heartbeatInterval().toNanos()) {
			this.lastHeartbeat = now;
			if (!this.gapLately) {
				this.gap.set(false);
			}
			this.gapLately = false;
			sendHeartbeats();
		}
		if (now - this.lastPoll > POLL_INTERVAL.toNanos()) {
			this.lastPoll = now;
			this.polling.schedule(() -> this.streams.readers().here().forEach(ResumedStream::poll));
		}
		try {
			this.retries.retry();
			if (!this.streams.readers().here().isEmpty() && this.node.isSteady()) {
				endOrphaned();
			}
		}
		catch (SessionStoreException ex) {
			logger.debug("The check for calls of dead nodes failed", ex);
		}
	}

	private void endOrphaned() {
		Set<String> alive = this.node.nodes().keySet();
		if (!alive.contains(this.node.name())) {
			// nor does the store know of others that are alive
			return;
		}
		this.streams.open().forEach((stream) -> {
			if (stream instanceof ResumedStream resumed && resumed.isOrphaned(alive)) {
				this.node.run(resumed.sessionId, resumed::endOrphaned);
			}
		});
	}

	/**
	 * In some few tasks, of which a slow client holds up one.
	 */
	private void sendHeartbeats() {
		Map<Integer, List<SseStream>> parts = this.streams.open()
			.stream()
			.collect(Collectors
				.groupingBy((stream) -> Math.floorMod(System.identityHashCode(stream), StreamThreads.HEARTBEAT_TASKS)));
		parts.forEach((part, streams) -> {
			if (this.heartbeatsUnderWay.add(part)) {
				this.heartbeats.schedule(() -> {
					try {
						streams.forEach(StreamClock::sendHeartbeat);
					}
					finally {
						this.heartbeatsUnderWay.remove(part);
					}
				});
			}
		});
	}

	private static void sendHeartbeat(SseStream stream) {
		try {
			stream.heartbeat();
		}
		catch (RuntimeException ex) {
			logger.debug("A stream heartbeat failed", ex);
		}
	}

}
