package io.github.mcpsession.actuate;

import java.util.function.ToIntFunction;

import io.github.mcpsession.server.BreakerState;
import io.github.mcpsession.server.OpenStreams;
import io.github.mcpsession.server.SessionNode;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Gauges of what a node holds now, read when the registry is.
 *
 * @param node the node
 * @since 0.1.0
 * @see MicrometerSessionMetrics
 */
public record SessionGauges(SessionNode node) implements MeterBinder {

	@Override
	public void bindTo(MeterRegistry registry) {
		Gauge.builder(MetricNames.ACTIVE, this.node, SessionNode::activeSessions)
			.description("Sessions that this node holds")
			.register(registry);
		streams(registry, "call", OpenStreams::calls);
		streams(registry, "listening", OpenStreams::listening);
		streams(registry, "resumed", OpenStreams::resumed);
		for (BreakerState state : BreakerState.values()) {
			Gauge.builder(MetricNames.BREAKER, this.node, (node) -> (node.breakerState() == state) ? 1 : 0)
				.description("Whether calls to the store are made: 1 for the state that the circuit breaker is in")
				.tag("state", MetricNames.tag(state))
				.register(registry);
		}
	}

	private void streams(MeterRegistry registry, String kind, ToIntFunction<OpenStreams> count) {
		Gauge.builder(MetricNames.STREAMS, this.node, (node) -> count.applyAsInt(node.openStreams()))
			.description("SSE streams that are open on this node")
			.tag("kind", kind)
			.register(registry);
	}

}
