package io.github.mcpsession.guard;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics.Outcome;
import io.github.mcpsession.metrics.SessionMetrics.Timing;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.StateTransition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Makes calls to the store that end in time, or throws {@link SessionStoreException},
 * whatever the store does.
 * <p>
 * Calls that end in time by themselves are made on the calling thread once the store is
 * connected. All others run on threads of a pool of our own, and the calling thread waits
 * for no longer than the time-out: not for a connection pool, a driver that reconnects,
 * or a lock inside of either. Calls never take part in a transaction of the caller: they
 * run elsewhere, or on a connection of our own.
 * <p>
 * An outage is when nothing succeeds: when one call has timed out and none has succeeded
 * since it began, or when {@value Circuit#FAILURES} in a row have failed. That opens a
 * circuit breaker. While it is open calls fail at once; every 200 ms one is let through,
 * and the first that succeeds closes it. An error that the store has answered shows that
 * it is there, so it fails no call but its own. Calls for events have a circuit breaker
 * of their own, and what operators ask for has none: neither can refuse requests what
 * they need.
 */
public final class StoreGuard implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(StoreGuard.class);

	private static final int THREADS = 32;

	private static final int BACKGROUND_THREADS = 4;

	private static final int BACKGROUND_CAPACITY = 1000;

	/**
	 * A call that takes so much longer than it may was not given the time to end: this
	 * process has been suspended.
	 */
	private static final Duration SUSPENSION = Duration.ofMillis(500);

	private static final Set<String> OPERATIONS_OF_OPERATORS = Set.of("list", "count", "check");

	/**
	 * Not reading events, which is what a client asks for that resumes a stream.
	 */
	private static final Set<String> WRITES_OF_EVENTS = Set.of("write-event", "note-delivery", "announce");

	private final Duration timeout;

	private final SessionMetrics metrics;

	private final ThreadPoolTaskExecutor executor;

	private final ThreadPoolTaskExecutor background;

	private final Circuit requests = new Circuit("mcp-session-store");

	private final Circuit events = new Circuit("mcp-session-events");

	private final Circuit operators = new Circuit("mcp-session-operators");

	private final StoreFailures.Answers answers = new StoreFailures.Answers();

	private volatile boolean connected;

	private volatile @Nullable Throwable lastFailure;

	/**
	 * Create a guard.
	 * @param timeout how long a caller waits at most
	 * @param metrics times the calls
	 */
	public StoreGuard(Duration timeout, SessionMetrics metrics) {
		this.timeout = timeout;
		this.metrics = metrics;
		this.executor = executor("mcp-session-store-", THREADS, Integer.MAX_VALUE);
		this.background = executor("mcp-session-background-", BACKGROUND_THREADS, BACKGROUND_CAPACITY);
		this.operators.breaker().transitionToDisabledState();
		this.requests.breaker()
			.getEventPublisher()
			.onStateTransition((event) -> logTransition(event.getStateTransition()));
	}

	private static ThreadPoolTaskExecutor executor(String prefix, int threads, int capacity) {
		ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
		executor.setThreadNamePrefix(prefix);
		executor.setDaemon(true);
		executor.setCorePoolSize(threads);
		executor.setMaxPoolSize(threads);
		executor.setAllowCoreThreadTimeOut(true);
		executor.setQueueCapacity(capacity);
		executor.initialize();
		return executor;
	}

	private void logTransition(StateTransition transition) {
		if (transition == StateTransition.CLOSED_TO_OPEN) {
			logger.warn("Session store unavailable ({}): serving locally held sessions only, other requests get "
					+ "503 until it recovers", lastFailure());
		}
		else if (transition == StateTransition.HALF_OPEN_TO_CLOSED) {
			logger.info("Session store available again");
		}
	}

	/**
	 * Make the first call, and wait for it longer than for others.
	 * @param call the call
	 * @param timeout how long to wait
	 */
	public void warmUp(Runnable call, Duration timeout) {
		Future<?> future = this.executor.submit(call);
		try {
			future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (ExecutionException | TimeoutException ex) {
			future.cancel(true);
			logger.warn("The session store does not respond; this node starts without it", ex);
		}
		catch (InterruptedException ex) {
			future.cancel(true);
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Let something be done that makes calls, without waiting for it. On threads apart:
	 * tasks that wait for calls must not take the threads that the calls need.
	 * @param task what to do; forgotten if there is more than enough to do
	 */
	public void background(Runnable task) {
		try {
			this.background.execute(task);
		}
		catch (RejectedExecutionException ex) {
			logger.debug("Too many calls are waiting for the session store");
		}
	}

	public <T> T call(String operation, Supplier<T> call) {
		return call(operation, call, false);
	}

	/**
	 * Make a call.
	 * @param operation what it is called in metrics
	 * @param call the call
	 * @param endsInTime whether it ends by itself in time, once one has succeeded
	 * @return the result
	 * @throws SessionStoreException if it failed, did not end in time, or was not made
	 */
	<T> T call(String operation, Supplier<T> call, boolean endsInTime) {
		Timing timing = this.metrics.storeCall(operation);
		Circuit circuit = circuitOf(operation);
		try {
			circuit.breaker().acquirePermission();
		}
		catch (CallNotPermittedException ex) {
			timing.end(Outcome.REFUSED, null);
			throw new SessionStoreException("The session store is unavailable", null);
		}
		long start = System.nanoTime();
		try {
			// until the connection exists callers would wait for each other's attempts
			// to connect
			T result = (endsInTime && this.connected) ? call.get() : callElsewhere(call);
			succeeded(circuit, start);
			timing.end(Outcome.SUCCESS, null);
			this.connected |= endsInTime;
			return result;
		}
		catch (ExecutionException ex) {
			throw failed(operation, circuit, (ex.getCause() != null) ? ex.getCause() : ex, start, timing);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw interrupted(circuit, ex, timing);
		}
		catch (TimeoutException | RuntimeException ex) {
			throw Thread.currentThread().isInterrupted() ? interrupted(circuit, ex, timing)
					: failed(operation, circuit, ex, start, timing);
		}
		catch (Error ex) {
			circuit.breaker().releasePermission();
			throw ex;
		}
	}

	private Circuit circuitOf(String operation) {
		if (this.requests.breaker().getState() == CircuitBreaker.State.CLOSED) {
			if (WRITES_OF_EVENTS.contains(operation)) {
				return this.events;
			}
			if (OPERATIONS_OF_OPERATORS.contains(operation)) {
				return this.operators;
			}
		}
		return this.requests;
	}

	private <T> T callElsewhere(Supplier<T> call) throws ExecutionException, InterruptedException, TimeoutException {
		Task<T> task = new Task<>(call);
		this.executor.execute(task);
		try {
			return task.get(this.timeout.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			if (task.hasRunFor(this.timeout.dividedBy(2))) {
				throw ex;
			}
			throw new RejectedExecutionException("Too many calls at once", ex);
		}
		finally {
			task.cancel(true);
		}
	}

	private void succeeded(Circuit circuit, long start) {
		circuit.succeeded(start);
		if (circuit != this.requests) {
			this.requests.noteSuccess();
		}
	}

	private SessionStoreException failed(String operation, Circuit circuit, Throwable cause, long start,
			Timing timing) {
		this.lastFailure = cause;
		boolean timedOut = StoreFailures.isTimeOut(cause);
		long duration = System.nanoTime() - start;
		if (StoreFailures.isFaultOfTheCall(cause) || isFaultOfThisNode(cause, duration)) {
			circuit.breaker().releasePermission();
		}
		else if (StoreFailures.isAnswer(cause)) {
			this.answers.add(operation, cause);
			succeeded(circuit, start);
		}
		else {
			circuit.failed(start, cause, timedOut);
		}
		timing.end(timedOut ? Outcome.TIMEOUT : Outcome.FAILURE, cause);
		logger.debug("Session store: {} failed", operation, cause);
		SessionStoreException failure = new SessionStoreException(
				"The session store did not respond to '" + operation + "'", null);
		// not its cause: Spring AI tells the client the root cause of what a tool throws,
		// and that has SQL in it, what is stored, or where the store is
		failure.addSuppressed(cause);
		return failure;
	}

	/**
	 * Whether the call was not begun in time, or not given the time to end.
	 */
	private boolean isFaultOfThisNode(Throwable cause, long duration) {
		return cause instanceof RejectedExecutionException || cause instanceof CancellationException
				|| (StoreFailures.isTimeOut(cause) && duration > this.timeout.plus(SUSPENSION).toNanos());
	}

	private SessionStoreException interrupted(Circuit circuit, Exception cause, Timing timing) {
		circuit.breaker().releasePermission();
		timing.end(Outcome.FAILURE, cause);
		return new SessionStoreException("Interrupted while waiting for the session store", cause);
	}

	/**
	 * Whether calls are made.
	 * @return the state of the circuit breaker for requests
	 */
	public CircuitBreaker.State state() {
		return this.requests.breaker().getState();
	}

	/**
	 * Why the last call failed that has.
	 * @return class and message, for operators
	 */
	public String lastFailure() {
		Throwable failure = this.lastFailure;
		return (failure instanceof TimeoutException)
				? "TimeoutException: no response within " + this.timeout.toMillis() + " ms"
				: StoreFailures.reason(failure);
	}

	@Override
	public void close() {
		this.background.shutdown();
		this.executor.shutdown();
	}

	/**
	 * A call on a thread of the pool, for which it may have to wait.
	 */
	private static final class Task<T> extends FutureTask<T> {

		private volatile @Nullable Long begun;

		Task(Supplier<T> call) {
			super(call::get);
		}

		@Override
		public void run() {
			this.begun = System.nanoTime();
			super.run();
		}

		boolean hasRunFor(Duration duration) {
			Long since = this.begun;
			return since != null && System.nanoTime() - since > duration.toNanos();
		}

	}

}
