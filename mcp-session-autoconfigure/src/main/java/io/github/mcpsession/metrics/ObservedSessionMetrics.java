package io.github.mcpsession.metrics;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionTerminatedEvent;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Makes observations of restores and store calls, so that a trace shows them: as part of
 * another observation, like that of the HTTP request. What nobody's trace has a part in,
 * as what is done by the clock, is no observation, and begins no trace of its own; it is
 * left to the meters, like all that is only counted.
 * <p>
 * If the handlers of observations make timers of them, these are the timers, and the
 * meters are not told; so nothing is timed twice.
 * <p>
 * Thread-safe. An observation begins and ends on the thread that waits for the store, not
 * on that which makes the call.
 *
 * @see MicrometerSessionMetrics
 */
public final class ObservedSessionMetrics implements SessionMetrics {

	private final SessionMetrics meters;

	private final ObservationRegistry registry;

	private final KeyValue store;

	private final boolean timed;

	/**
	 * Create metrics.
	 * @param meters counts, and times what is not observed
	 * @param registry where to make observations
	 * @param store the store, of which the name is a key value
	 * @param timed whether the handlers of the registry make timers
	 */
	public ObservedSessionMetrics(SessionMetrics meters, ObservationRegistry registry, SessionStore store,
			boolean timed) {
		this.meters = meters;
		this.registry = registry;
		this.store = KeyValue.of("store", StoreNames.of(store));
		this.timed = timed;
	}

	@Override
	public Timing restore() {
		Observation observation = begin(MetricNames.RESTORE);
		if (observation == null) {
			return this.meters.restore();
		}
		return timing(observation.start(), observation.openScope(), this.timed ? Timing.NONE : this.meters.restore());
	}

	@Override
	public Timing storeCall(String operation) {
		Observation observation = begin(MetricNames.STORE);
		if (observation == null) {
			return this.meters.storeCall(operation);
		}
		return timing(observation.lowCardinalityKeyValue("operation", operation).start(), Observation.Scope.NOOP,
				this.timed ? Timing.NONE : this.meters.storeCall(operation));
	}

	private @Nullable Observation begin(String name) {
		if (this.registry.isNoop() || this.registry.getCurrentObservation() == null) {
			return null;
		}
		Observation observation = Observation.createNotStarted(name, this.registry);
		return observation.isNoop() ? null : observation.lowCardinalityKeyValue(this.store);
	}

	private static Timing timing(Observation observation, Observation.Scope scope, Timing meter) {
		return (outcome, error) -> {
			observation.lowCardinalityKeyValue("outcome", MetricNames.tag(outcome));
			if (error != null) {
				observation.error(error);
			}
			scope.close();
			observation.stop();
			meter.end(outcome, error);
		};
	}

	@Override
	public void created() {
		this.meters.created();
	}

	@Override
	public void terminated(SessionTerminatedEvent.Reason reason) {
		this.meters.terminated(reason);
	}

	@Override
	public void newerVersion() {
		this.meters.newerVersion();
	}

	@Override
	public void reply(Route route) {
		this.meters.reply(route);
	}

	@Override
	public void notification(Delivery delivery) {
		this.meters.notification(delivery);
	}

	@Override
	public void events(Fate fate, int count) {
		this.meters.events(fate, count);
	}

}
