package io.github.mcpsession.actuate;

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
 * servers together, also of those that come later.
 *
 * @param servers the servers
 * @see MicrometerSessionMetrics
 */
public record SessionGauges(ManagedServers servers) implements MeterBinder {

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder(MetricNames.ACTIVE, this.servers, (all) -> sum(all, ManagedServer::activeSessions))
			.description("Sessions that this node holds")
			.register(registry);
		streams(registry, "call", OpenStreams::calls);
		streams(registry, "listening", OpenStreams::listening);
		streams(registry, "resumed", OpenStreams::resumed);
		for (BreakerState state : BreakerState.values()) {
			Gauge.builder(MetricNames.BREAKER, this.servers, (all) -> (all.runtime().breakerState() == state) ? 1 : 0)
				.description("Whether calls to the store are made: 1 for the state that the circuit breaker is in")
				.tag("state", MetricNames.tag(state))
				.register(registry);
		}
	}

	private void streams(MeterRegistry registry, String kind, ToIntFunction<OpenStreams> count) {
		Gauge
			.builder(MetricNames.STREAMS, this.servers,
					(all) -> sum(all, (server) -> count.applyAsInt(server.openStreams())))
			.description("SSE streams that are open on this node")
			.tag("kind", kind)
			.register(registry);
	}

	private static int sum(ManagedServers servers, ToIntFunction<ManagedServer> count) {
		return servers.all().stream().mapToInt(count).sum();
	}

}
