package io.github.mcpsession.actuate;

import java.util.Comparator;
import java.util.function.ToIntFunction;

import io.github.mcpsession.guard.BreakerState;
import io.github.mcpsession.metrics.MetricNames;
import io.github.mcpsession.metrics.MicrometerSessionMetrics;
import io.github.mcpsession.server.ManagedServer;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.session.OpenStreams;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Gauges of what an application holds now, read when the registry is: of all its MCP
 * servers together, also of those that come later. The circuit breaker is in the worst
 * state that any of them has.
 *
 * @param transports have the nodes
 * @since 0.1.0
 * @see MicrometerSessionMetrics
 */
public record SessionGauges(ManagedServers transports) implements MeterBinder {

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder(MetricNames.ACTIVE, this.transports, (all) -> sum(all, ManagedServer::activeSessions))
			.description("Sessions that this node holds")
			.register(registry);
		streams(registry, "call", OpenStreams::calls);
		streams(registry, "listening", OpenStreams::listening);
		streams(registry, "resumed", OpenStreams::resumed);
		for (BreakerState state : BreakerState.values()) {
			Gauge.builder(MetricNames.BREAKER, this.transports, (all) -> (worst(all) == state) ? 1 : 0)
				.description("Whether calls to the store are made: 1 for the state that the circuit breaker is in")
				.tag("state", MetricNames.tag(state))
				.register(registry);
		}
	}

	private void streams(MeterRegistry registry, String kind, ToIntFunction<OpenStreams> count) {
		Gauge
			.builder(MetricNames.STREAMS, this.transports,
					(all) -> sum(all, (node) -> count.applyAsInt(node.openStreams())))
			.description("SSE streams that are open on this node")
			.tag("kind", kind)
			.register(registry);
	}

	private static int sum(ManagedServers transports, ToIntFunction<ManagedServer> count) {
		return transports.nodes().stream().mapToInt(count).sum();
	}

	private static BreakerState worst(ManagedServers transports) {
		return transports.nodes()
			.stream()
			.map(ManagedServer::breakerState)
			.max(Comparator.naturalOrder())
			.orElse(BreakerState.CLOSED);
	}

}
