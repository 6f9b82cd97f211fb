package io.github.mcpsession.guard;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;

/**
 * Whether calls to the store are made: the best state first.
 */
public enum BreakerState {

	/**
	 * They are.
	 */
	CLOSED,

	/**
	 * One is being made, to see whether the store is back.
	 */
	HALF_OPEN,

	/**
	 * They fail at once: the store is unavailable.
	 */
	OPEN;

	public static BreakerState of(CircuitBreaker.State state) {
		return switch (state) {
			case CLOSED, DISABLED, METRICS_ONLY -> CLOSED;
			case HALF_OPEN -> HALF_OPEN;
			case OPEN, FORCED_OPEN -> OPEN;
		};
	}

}
