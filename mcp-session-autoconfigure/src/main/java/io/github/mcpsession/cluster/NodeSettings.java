package io.github.mcpsession.cluster;

import java.time.Duration;

/**
 * How nodes talk.
 *
 * @param namespace the application
 * @param heartbeatInterval how often a node says that it is alive
 * @param nodeTimeout how long a node that said nothing counts as alive
 * @since 0.1.0
 */
public record NodeSettings(String namespace, Duration heartbeatInterval, Duration nodeTimeout) {
}
