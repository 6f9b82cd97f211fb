package io.github.mcpsession.autoconfigure;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.actuate.SessionGauges;
import io.github.mcpsession.metrics.MicrometerSessionMetrics;
import io.github.mcpsession.metrics.ObservedSessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.server.ManagedServers;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.MeterObservationHandler;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

/**
 * Auto-configuration for metrics and observations of stored MCP sessions, where
 * Micrometer has registries for them.
 *
 * @since 0.1.0
 */
@AutoConfiguration(after = McpSessionAutoConfiguration.class,
		afterName = {
				"org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
				"org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration" })
@ConditionalOnBean(ManagedServers.class)
public final class McpSessionMetricsAutoConfiguration {

	private static final String METERS = "mcpSessionMeters";

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MeterRegistry.class)
	@ConditionalOnBean(MeterRegistry.class)
	static class Meters {

		@Bean(METERS)
		SessionMetrics mcpSessionMeters(MeterRegistry registry, SessionStore store) {
			return new MicrometerSessionMetrics(registry, store);
		}

		@Bean
		SessionGauges mcpSessionGauges(ManagedServers servers) {
			return new SessionGauges(servers);
		}

		@Bean
		@ConditionalOnBean(MeterObservationHandler.class)
		TimedObservations mcpSessionTimedObservations() {
			return new TimedObservations();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ObservationRegistry.class)
	@ConditionalOnBean(ObservationRegistry.class)
	static class Observations {

		@Bean
		@Primary
		SessionMetrics mcpSessionObservations(@Qualifier(METERS) ObjectProvider<SessionMetrics> meters,
				ObservationRegistry registry, SessionStore store, ObjectProvider<TimedObservations> timed) {
			return new ObservedSessionMetrics(meters.getIfAvailable(() -> SessionMetrics.NONE), registry, store,
					timed.stream().findAny().isPresent());
		}

	}

	/**
	 * Says that timers are made of observations.
	 */
	record TimedObservations() {
	}

}
