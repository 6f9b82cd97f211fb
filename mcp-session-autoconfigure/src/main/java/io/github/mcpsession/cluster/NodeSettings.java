package io.github.mcpsession.cluster;

import java.time.Duration;

/**
 * How nodes communicate.
 *
 * @param namespace the application
 * @param heartbeatInterval time between two heartbeats of a node
 * @param nodeTimeout time without a heartbeat after which a node is considered dead
 */
public record NodeSettings(String namespace, Duration heartbeatInterval, Duration nodeTimeout) {
}
