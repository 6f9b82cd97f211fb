package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.Set;

import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeSettings;
import io.github.mcpsession.memory.MemoryNodeChannel;
import io.github.mcpsession.metrics.SessionMetrics;
import io.modelcontextprotocol.json.McpJsonDefaults;

import org.springframework.util.unit.DataSize;

/**
 * The streams of a node that has not joined its cluster.
 */
final class TestStreams {

	private TestStreams() {
	}

	static NodeStreams of(EventLog log, StreamLimits limits) {
		MemoryNodeChannel channel = new MemoryNodeChannel();
		return new NodeStreams(log,
				new StreamSettings(true, Duration.ZERO, Set.of(), Duration.ofSeconds(1), limits.retention(),
						limits.completedRetention(), limits.maxEvents(), DataSize.ofBytes(limits.maxBytes()), true,
						Set.of(), 1),
				new Node("test", channel, channel, new NodeSettings(Duration.ofSeconds(1), Duration.ofSeconds(5))), "",
				Runnable::run, McpJsonDefaults.getMapper(), StreamThreads.create(), SessionMetrics.NONE);
	}

}
