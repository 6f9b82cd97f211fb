package io.github.mcpsession.guard;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;

/**
 * A circuit breaker that opens when nothing succeeds. Thread-safe.
 */
final class Circuit {

	/**
	 * How many failures in a row open it.
	 */
	static final int FAILURES = 5;

	private static final Duration PROBE_INTERVAL = Duration.ofMillis(200);

	private static final Duration LONGEST_PROBE = Duration.ofSeconds(10);

	private final CircuitBreaker breaker;

	private volatile long lastSuccess = System.nanoTime() - Duration.ofDays(1).toNanos();

	Circuit(String name) {
		this.breaker = CircuitBreaker.of(name,
				CircuitBreakerConfig.custom()
					.slidingWindowType(SlidingWindowType.COUNT_BASED)
					.slidingWindowSize(FAILURES)
					.minimumNumberOfCalls(FAILURES)
					.failureRateThreshold(100)
					.waitDurationInOpenState(PROBE_INTERVAL)
					.permittedNumberOfCallsInHalfOpenState(1)
					.maxWaitDurationInHalfOpenState(LONGEST_PROBE)
					.build());
	}

	CircuitBreaker breaker() {
		return this.breaker;
	}

	void succeeded(long start) {
		this.breaker.onSuccess(System.nanoTime() - start, TimeUnit.NANOSECONDS);
		noteSuccess();
	}

	/**
	 * A call has succeeded that was not made by this.
	 */
	void noteSuccess() {
		this.lastSuccess = System.nanoTime();
	}

	/**
	 * A call has failed.
	 * @param start when it began
	 * @param cause why
	 * @param timedOut whether it took too long: then the next ones do not wait in vain
	 */
	void failed(long start, Throwable cause, boolean timedOut) {
		this.breaker.onError(System.nanoTime() - start, TimeUnit.NANOSECONDS, cause);
		if (timedOut && this.lastSuccess - start < 0 && this.breaker.getState() == CircuitBreaker.State.CLOSED) {
			this.breaker.transitionToOpenState();
		}
	}

}
