package io.github.mcpsession.autoconfigure;

import io.github.mcpsession.actuate.McpSessionHealthIndicator;
import io.github.mcpsession.actuate.SessionGauges;
import io.github.mcpsession.metrics.MicrometerSessionMetrics;
import io.github.mcpsession.metrics.ObservedSessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.server.ManagedServers;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration;
import org.springframework.ai.mcp.server.common.autoconfigure.McpServerJsonMapperAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.autoconfigure.McpServerStreamableHttpWebMvcAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Metrics and health are there where what they need is, and missed nowhere else.
 */
class McpSessionMetricsAutoConfigurationTests {

	private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class,
				McpSessionMetricsAutoConfiguration.class, McpSessionHealthAutoConfiguration.class,
				McpServerAutoConfiguration.class, McpServerJsonMapperAutoConfiguration.class,
				McpServerStreamableHttpWebMvcAutoConfiguration.class))
		.withPropertyValues("spring.ai.mcp.server.protocol=STREAMABLE");

	@Test
	void withMetersOnly() {
		this.runner.withUserConfiguration(Meters.class)
			.run((context) -> assertThat(context).hasSingleBean(SessionGauges.class)
				.getBean(SessionMetrics.class)
				.isInstanceOf(MicrometerSessionMetrics.class));
	}

	@Test
	void withMetersAndObservations() {
		this.runner.withUserConfiguration(Meters.class, Observations.class)
			.run((context) -> assertThat(context.getBean(SessionMetrics.class))
				.isInstanceOf(ObservedSessionMetrics.class));
	}

	@Test
	void withObservationsOnly() {
		this.runner.withUserConfiguration(Observations.class)
			.withClassLoader(new FilteredClassLoader("io.micrometer.core"))
			.run((context) -> assertThat(context).doesNotHaveBean(SessionGauges.class)
				.getBean(SessionMetrics.class)
				.isInstanceOf(ObservedSessionMetrics.class));
	}

	@Test
	void withoutRegistries() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(ManagedServers.class)
			.doesNotHaveBean(SessionMetrics.class));
	}

	@Test
	void withoutMicrometer() {
		this.runner.withClassLoader(new FilteredClassLoader("io.micrometer.core", "io.micrometer.observation"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(ManagedServers.class)
				.doesNotHaveBean(SessionMetrics.class));
	}

	@Test
	void withoutSessions() {
		this.runner.withUserConfiguration(Meters.class, Observations.class)
			.withPropertyValues("mcp.session.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean(SessionMetrics.class)
				.doesNotHaveBean(HealthIndicator.class));
	}

	@Test
	void health() {
		this.runner.run((context) -> {
			assertThat(context).hasBean("mcpSessionHealthIndicator");
			assertThat(context.getBean(McpSessionHealthIndicator.class).health().getStatus()).isEqualTo(Status.UP);
			assertThat(context.getBean(McpSessionHealthIndicator.class).health().getDetails())
				.containsEntry("store", "memory")
				.containsEntry("nodes", 1);
		});
	}

	@Test
	void healthThatIsSwitchedOff() {
		this.runner.withPropertyValues("management.health.mcp-session.enabled=false")
			.run((context) -> assertThat(context).hasSingleBean(ManagedServers.class)
				.doesNotHaveBean(HealthIndicator.class));
		this.runner.withPropertyValues("management.health.mcpSession.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(HealthIndicator.class));
	}

	@Test
	void withoutHealth() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(ManagedServers.class)
				.doesNotHaveBean("mcpSessionHealthIndicator"));
	}

	@Configuration(proxyBeanMethods = false)
	static class Meters {

		@Bean
		MeterRegistry registry() {
			return new SimpleMeterRegistry();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Observations {

		@Bean
		ObservationRegistry observationRegistry() {
			return ObservationRegistry.create();
		}

	}

}
