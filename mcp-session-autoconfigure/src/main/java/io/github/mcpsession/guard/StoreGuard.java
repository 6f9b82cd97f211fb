package io.github.mcpsession.guard;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
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
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Makes calls to the store that end in time, or throws {@link SessionStoreException},
 * whatever the store does.
 * <p>
 * Calls that end in time by themselves are made on the calling thread once the store is
 * connected. All others run on threads of a pool of our own, and the calling thread waits
 * for no longer than the time-out: not for a connection pool, a driver that reconnects,
 * or a lock inside of either. Two calls in a row that failed, or one that timed out, open
 * a circuit breaker. While it is open calls fail at once; every 200 ms one is let
 * through, and the first that succeeds closes it. Calls never take part in a transaction
 * of the caller: they run elsewhere, or on a connection of our own.
 */
public final class StoreGuard implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(StoreGuard.class);

	private static final int THREADS = 32;

	private static final int BACKGROUND_THREADS = 4;

	private static final int QUEUE_CAPACITY = 1000;

	private static final int MAX_REASON_LENGTH = 300;

	private static final Duration PROBE_INTERVAL = Duration.ofMillis(200);

	private final Duration timeout;

	private final SessionMetrics metrics;

	private final ThreadPoolTaskExecutor executor;

	private final ThreadPoolTaskExecutor background;

	private final CircuitBreaker breaker;

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
		this.executor = executor("mcp-session-store-", THREADS);
		this.background = executor("mcp-session-background-", BACKGROUND_THREADS);
		this.breaker = CircuitBreaker.of("mcp-session-store",
				CircuitBreakerConfig.custom()
					.slidingWindowType(SlidingWindowType.COUNT_BASED)
					.slidingWindowSize(2)
					.minimumNumberOfCalls(2)
					.failureRateThreshold(100)
					.waitDurationInOpenState(PROBE_INTERVAL)
					.permittedNumberOfCallsInHalfOpenState(1)
					.ignoreException(StoreGuard::isFaultOfTheCall)
					.build());
		this.breaker.getEventPublisher().onStateTransition((event) -> logTransition(event.getStateTransition()));
	}

	private static ThreadPoolTaskExecutor executor(String prefix, int threads) {
		ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();
		executor.setThreadNamePrefix(prefix);
		executor.setDaemon(true);
		executor.setCorePoolSize(threads);
		executor.setMaxPoolSize(threads);
		executor.setAllowCoreThreadTimeOut(true);
		executor.setQueueCapacity(QUEUE_CAPACITY);
		executor.initialize();
		return executor;
	}

	private static boolean isFaultOfTheCall(Throwable ex) {
		return ex instanceof IllegalArgumentException || ex instanceof DataIntegrityViolationException;
	}

	private void logTransition(StateTransition transition) {
		if (transition == StateTransition.CLOSED_TO_OPEN) {
			logger.warn("Session store unavailable ({}): serving locally held sessions only, other requests get "
					+ "503 until it recovers", reason(this.lastFailure));
		}
		else if (transition == StateTransition.HALF_OPEN_TO_CLOSED) {
			logger.info("Session store available again");
		}
	}

	/**
	 * The class and the first line of the root cause, where an operator finds out what is
	 * the matter.
	 */
	private String reason(@Nullable Throwable failure) {
		if (failure instanceof TimeoutException) {
			return "TimeoutException: no response within " + this.timeout.toMillis() + " ms";
		}
		Throwable cause = (failure != null) ? NestedExceptionUtils.getMostSpecificCause(failure) : null;
		if (cause == null) {
			return "unknown cause";
		}
		String message = (cause.getMessage() != null) ? cause.getMessage().lines().findFirst().orElse("") : "";
		return cause.getClass().getSimpleName() + ": "
				+ message.substring(0, Math.min(message.length(), MAX_REASON_LENGTH));
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
		try {
			this.breaker.acquirePermission();
		}
		catch (CallNotPermittedException ex) {
			timing.end(Outcome.REFUSED, null);
			throw new SessionStoreException("The session store is unavailable", null);
		}
		long start = System.nanoTime();
		if (endsInTime && this.connected) {
			return callHere(operation, call, start, timing);
		}
		Future<T> future;
		try {
			future = this.executor.submit(call::get);
		}
		catch (RejectedExecutionException ex) {
			throw failed(operation, ex, start, timing, Outcome.FAILURE);
		}
		try {
			T result = future.get(this.timeout.toNanos(), TimeUnit.NANOSECONDS);
			this.breaker.onSuccess(System.nanoTime() - start, TimeUnit.NANOSECONDS);
			timing.end(Outcome.SUCCESS, null);
			this.connected |= endsInTime;
			return result;
		}
		catch (ExecutionException ex) {
			throw failed(operation, (ex.getCause() != null) ? ex.getCause() : ex, start, timing, Outcome.FAILURE);
		}
		catch (TimeoutException ex) {
			future.cancel(true);
			throw timedOut(operation, ex, start, timing);
		}
		catch (InterruptedException ex) {
			future.cancel(true);
			Thread.currentThread().interrupt();
			throw interrupted(ex, timing);
		}
	}

	/**
	 * Make a call on the calling thread. Not before one has succeeded on a thread of the
	 * pool: until the connection exists callers would wait for each other's attempts to
	 * connect.
	 */
	private <T> T callHere(String operation, Supplier<T> call, long start, Timing timing) {
		try {
			T result = call.get();
			this.breaker.onSuccess(System.nanoTime() - start, TimeUnit.NANOSECONDS);
			timing.end(Outcome.SUCCESS, null);
			return result;
		}
		catch (QueryTimeoutException ex) {
			throw timedOut(operation, new TimeoutException(), start, timing);
		}
		catch (RuntimeException ex) {
			throw Thread.currentThread().isInterrupted() ? interrupted(ex, timing)
					: failed(operation, ex, start, timing, Outcome.FAILURE);
		}
		catch (Error ex) {
			this.breaker.releasePermission();
			throw ex;
		}
	}

	private SessionStoreException timedOut(String operation, TimeoutException cause, long start, Timing timing) {
		SessionStoreException failure = failed(operation, cause, start, timing, Outcome.TIMEOUT);
		if (this.breaker.getState() == CircuitBreaker.State.CLOSED) {
			// so that a request which makes two calls waits for one only
			this.breaker.transitionToOpenState();
		}
		return failure;
	}

	private SessionStoreException interrupted(Exception cause, Timing timing) {
		this.breaker.releasePermission();
		timing.end(Outcome.FAILURE, cause);
		return new SessionStoreException("Interrupted while waiting for the session store", cause);
	}

	private SessionStoreException failed(String operation, Throwable cause, long start, Timing timing,
			Outcome outcome) {
		this.lastFailure = cause;
		this.breaker.onError(System.nanoTime() - start, TimeUnit.NANOSECONDS, cause);
		timing.end(outcome, cause);
		logger.debug("Session store: {} failed", operation, cause);
		SessionStoreException failure = new SessionStoreException(
				"The session store did not respond to '" + operation + "'", null);
		// not its cause: Spring AI tells the client the root cause of what a tool throws,
		// and that has SQL in it, what is stored, or where the store is
		failure.addSuppressed(cause);
		return failure;
	}

	/**
	 * Whether calls are made.
	 * @return the state of the circuit breaker
	 */
	public CircuitBreaker.State state() {
		return this.breaker.getState();
	}

	@Override
	public void close() {
		this.background.shutdown();
		this.executor.shutdown();
	}

}
