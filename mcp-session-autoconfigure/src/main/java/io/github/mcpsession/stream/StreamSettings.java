package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.Set;

/**
 * How streams are handled on this node.
 *
 * @param resumable whether streams are kept at all
 * @param retry when a client is to come back after its connection has ended
 * @param heartbeatInterval the time between two comments on a connection
 * @param limits how much to keep
 * @param detachableTools the names of the tools that run on threads of their own; "*" for
 * all
 * @since 0.1.0
 */
public record StreamSettings(boolean resumable, Duration retry, Duration heartbeatInterval, StreamLimits limits,
		Set<String> detachableTools) {

	public StreamSettings {
		detachableTools = Set.copyOf(detachableTools);
	}

	/**
	 * Whether a tool runs on a thread of its own.
	 * @param tool the name of the tool
	 * @return whether it can let go of its connection
	 */
	public boolean isDetachable(String tool) {
		return this.detachableTools.contains(tool) || this.detachableTools.contains("*");
	}

}
