package io.github.mcpsession.metrics;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionTerminatedEvent;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * Counts and times in a meter registry. Counters, and the timers of what is always done,
 * are registered at once, so that they are there, as zero, from the start; other timers
 * with their first use.
 * <p>
 * Thread-safe.
 *
 */
public final class MicrometerSessionMetrics implements SessionMetrics {

	private static final String NO_OPERATION = "";

	private static final String NO_ERROR = "none";

	private final MeterRegistry registry;

	private final String store;

	private final Counter created;

	private final Map<SessionTerminatedEvent.Reason, Counter> terminated;

	private final Map<Route, Counter> replies;

	private final Map<Delivery, Counter> notifications;

	private final Map<Fate, Counter> events;

	private final Counter newerVersion;

	private final Map<TimerKey, Timer> timers = new ConcurrentHashMap<>();

	private record TimerKey(String operation, Outcome outcome, String error) {
	}

	/**
	 * Create metrics.
	 * @param registry where to register meters
	 * @param store the store, of which the name is a tag
	 */
	public MicrometerSessionMetrics(MeterRegistry registry, SessionStore store) {
		this.registry = registry;
		this.store = StoreNames.of(store);
		this.created = Counter.builder(MetricNames.INITIALIZED)
			.description("Sessions that were initialized on this node")
			.register(registry);
		this.terminated = counters(SessionTerminatedEvent.Reason.class,
				(reason) -> Counter.builder(MetricNames.TERMINATED)
					.description("Sessions that this node ended, or held and found ended elsewhere")
					.tag("reason", MetricNames.tag(reason)));
		this.replies = counters(Route.class,
				(route) -> Counter.builder(MetricNames.REPLIES)
					.description("Answers of clients to requests of the server, by where they went")
					.tag("route", MetricNames.tag(route)));
		this.notifications = counters(Delivery.class,
				(delivery) -> Counter.builder(MetricNames.NOTIFICATIONS)
					.description("Notifications for listening streams, by how far they got")
					.tag("delivery", MetricNames.tag(delivery)));
		this.events = counters(Fate.class,
				(fate) -> Counter.builder(MetricNames.EVENTS)
					.description("Events of resumable streams, by what happened to them")
					.tag("fate", MetricNames.tag(fate)));
		this.newerVersion = Counter.builder(MetricNames.NEWER_VERSION)
			.description("Requests that named a protocol version newer than this server knows, and were served")
			.register(registry);
		for (TimerKey key : List.of(new TimerKey(NO_OPERATION, Outcome.SUCCESS, NO_ERROR),
				new TimerKey(NO_OPERATION, Outcome.NOT_FOUND, NO_ERROR),
				new TimerKey("find", Outcome.SUCCESS, NO_ERROR))) {
			this.timers.put(key, timer(key));
		}
	}

	private <E extends Enum<E>> Map<E, Counter> counters(Class<E> type, Function<E, Counter.Builder> counter) {
		Map<E, Counter> counters = new EnumMap<>(type);
		for (E value : type.getEnumConstants()) {
			counters.put(value, counter.apply(value).register(this.registry));
		}
		return counters;
	}

	private static <E extends Enum<E>> void increment(Map<E, Counter> counters, E value, int amount) {
		Counter counter = counters.get(value);
		if (counter != null) {
			counter.increment(amount);
		}
	}

	@Override
	public void created() {
		this.created.increment();
	}

	@Override
	public void terminated(SessionTerminatedEvent.Reason reason) {
		increment(this.terminated, reason, 1);
	}

	@Override
	public Timing restore() {
		return start(NO_OPERATION);
	}

	@Override
	public Timing storeCall(String operation) {
		return start(operation);
	}

	private Timing start(String operation) {
		long start = this.registry.config().clock().monotonicTime();
		return (outcome, error) -> {
			long duration = this.registry.config().clock().monotonicTime() - start;
			this.timers.computeIfAbsent(new TimerKey(operation, outcome, nameOf(error)), this::timer)
				.record(duration, TimeUnit.NANOSECONDS);
		};
	}

	/**
	 * As the observations have it, since their timers are the same meters.
	 */
	private static String nameOf(@Nullable Throwable error) {
		return (error != null) ? error.getClass().getSimpleName() : NO_ERROR;
	}

	private Timer timer(TimerKey key) {
		Tags tags = Tags.of("store", this.store, "outcome", MetricNames.tag(key.outcome()), "error", key.error());
		boolean isRestore = key.operation().equals(NO_OPERATION);
		return Timer.builder(isRestore ? MetricNames.RESTORE : MetricNames.STORE)
			.description(isRestore ? "Looking for sessions that this node does not hold" : "Calls to the store")
			.tags(isRestore ? tags : tags.and("operation", key.operation()))
			.register(this.registry);
	}

	@Override
	public void reply(Route route) {
		increment(this.replies, route, 1);
	}

	@Override
	public void notification(Delivery delivery) {
		increment(this.notifications, delivery, 1);
	}

	@Override
	public void events(Fate fate, int count) {
		increment(this.events, fate, count);
	}

	@Override
	public void newerVersion() {
		this.newerVersion.increment();
	}

}
