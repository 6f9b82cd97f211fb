package io.github.mcpsession.actuate;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.metrics.MicrometerSessionMetrics;
import io.github.mcpsession.metrics.ObservedSessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics.Outcome;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a trace shows.
 */
class SessionObservationsTests {

	private final MeterRegistry meters = new SimpleMeterRegistry();

	@Test
	void aRestoreIsPartOfItsRequestAndTheStoreCallIsPartOfTheRestore() {
		List<String> properties = TestServers.redisProperties();
		try (Node a = Node.start("A", properties);
				Node b = Node.start(List.of(TestApplication.class, Recorder.class), "B", properties)) {
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(client.call(b.uri(), "node")).isEqualTo("B");
			List<Observation.Context> seen = b.bean(Recorder.class).seen;
			Observation.Context restore = seen.stream()
				.filter((context) -> context.getName().equals("mcp.session.restore"))
				.findFirst()
				.orElseThrow();
			assertThat(nameOf(restore.getParentObservation())).isEqualTo("http.server.requests");
			assertThat(valueOf(restore, "outcome")).isEqualTo("success");
			assertThat(valueOf(restore, "store")).isEqualTo("redis");
			assertThat(seen)
				.filteredOn((context) -> context.getName().equals("mcp.session.store")
						&& nameOf(context.getParentObservation()).equals("mcp.session.restore"))
				.singleElement()
				.satisfies((context) -> assertThat(valueOf(context, "operation")).isEqualTo("find"));
			assertThat(seen).filteredOn((context) -> context.getName().startsWith("mcp.session."))
				.allSatisfy((context) -> {
					assertThat(context.getParentObservation()).isNotNull();
					assertThat(context.getHighCardinalityKeyValues()).isEmpty();
					assertThat(context.getAllKeyValues().toString()).doesNotContain(client.sessionId());
				});
			// one restore, timed once, whoever makes the timer
			assertThat(b.bean(MeterRegistry.class)
				.find("mcp.session.restore")
				.timers()
				.stream()
				.mapToLong(Timer::count)
				.sum()).isOne();
		}
	}

	@Test
	void observationsThatAreSwitchedOffAreTimed() {
		List<String> properties = TestServers.redisProperties();
		try (Node a = Node.start("A", properties);
				Node b = Node.start(List.of(TestApplication.class, Recorder.class), "B", properties,
						"management.observations.enable.mcp.session=false")) {
			assertThat(new RawClient().initialize(a.uri()).call(b.uri(), "node")).isEqualTo("B");
			assertThat(b.bean(Recorder.class).seen).isNotEmpty()
				.noneMatch((context) -> context.getName().startsWith("mcp.session."));
			assertThat(b.bean(MeterRegistry.class).get("mcp.session.restore").tag("outcome", "success").timer().count())
				.isOne();
		}
	}

	@Test
	void whatIsPartOfNoTraceIsTimedOnly() {
		TestObservationRegistry registry = TestObservationRegistry.create();
		SessionMetrics metrics = metrics(registry, true);
		metrics.storeCall("touch").end(Outcome.SUCCESS, null);
		TestObservationRegistryAssert.assertThat(registry).doesNotHaveAnyObservation();
		assertThat(timer("mcp.session.store").count()).isOne();
	}

	@Test
	void observationsAreTimedOnce() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(this.meters));
		SessionMetrics metrics = metrics(registry, true);
		Observation.createNotStarted("parent", registry).observe(() -> {
			metrics.storeCall("find").end(Outcome.FAILURE, new IllegalStateException("x"));
			metrics.restore().end(Outcome.SUCCESS, null);
		});
		metrics.storeCall("find").end(Outcome.FAILURE, new IllegalStateException("x"));
		metrics.restore().end(Outcome.SUCCESS, null);
		// the same meters, whichever way
		assertThat(timer("mcp.session.store").count()).isEqualTo(2);
		assertThat(timer("mcp.session.restore").count()).isEqualTo(2);
	}

	@Test
	void observationsOfWhichNoTimersAreMadeAreTimedNevertheless() {
		TestObservationRegistry registry = TestObservationRegistry.create();
		SessionMetrics metrics = metrics(registry, false);
		Observation.createNotStarted("parent", registry)
			.observe(() -> metrics.storeCall("find").end(Outcome.TIMEOUT, null));
		TestObservationRegistryAssert.assertThat(registry)
			.hasObservationWithNameEqualTo("mcp.session.store")
			.that()
			.hasParentObservationContextMatching((parent) -> parent.getName().equals("parent"))
			.hasLowCardinalityKeyValue("operation", "find")
			.hasLowCardinalityKeyValue("outcome", "timeout")
			.hasLowCardinalityKeyValue("store", "memory")
			.hasBeenStarted()
			.hasBeenStopped();
		assertThat(timer("mcp.session.store").count()).isOne();
		assertThat(timer("mcp.session.store").totalTime(java.util.concurrent.TimeUnit.NANOSECONDS))
			.isLessThan(Duration.ofSeconds(5).toNanos());
	}

	private SessionMetrics metrics(ObservationRegistry registry, boolean timed) {
		MemorySessionStore store = new MemorySessionStore();
		return new ObservedSessionMetrics(new MicrometerSessionMetrics(this.meters, store), registry, store, timed);
	}

	private Timer timer(String name) {
		return this.meters.find(name).timers().stream().filter((timer) -> timer.count() > 0).findFirst().orElseThrow();
	}

	private static String nameOf(ObservationView observation) {
		return (observation != null) ? observation.getContextView().getName() : "none";
	}

	private static String valueOf(Observation.Context context, String key) {
		return context.getLowCardinalityKeyValue(key).getValue();
	}

	@Configuration(proxyBeanMethods = false)
	static class Recorder {

		final List<Observation.Context> seen = new CopyOnWriteArrayList<>();

		@Bean
		ObservationHandler<Observation.Context> recorder() {
			return new ObservationHandler<>() {

				@Override
				public void onStart(Observation.Context context) {
					Recorder.this.seen.add(context);
				}

				@Override
				public boolean supportsContext(Observation.Context context) {
					return true;
				}

			};
		}

	}

}
