package io.github.mcpsession.cluster;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

/**
 * How nodes communicate.
 *
 * @param heartbeatInterval Time between two heartbeats of a node.
 * @param nodeTimeout Time without a heartbeat after which a node is considered dead.
 */
@ConfigurationProperties("mcp.session.cluster")
public record NodeSettings(@DefaultValue("2s") @DurationUnit(ChronoUnit.SECONDS) Duration heartbeatInterval,
		@DefaultValue("10s") @DurationUnit(ChronoUnit.SECONDS) Duration nodeTimeout) {
}
