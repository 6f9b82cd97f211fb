package io.github.mcpsession.actuate;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;

/**
 * A page of sessions, and the nodes that serve them.
 *
 * @param node the node that answered
 * @param nodes the nodes that are alive, the oldest first
 * @param sessions the sessions, {@code null} if the store cannot list them
 * @param next the cursor of the next page, {@code null} if this is the last one
 * @param message why there are no sessions
 * @since 0.1.0
 */
public record SessionListing(String node, List<Node> nodes, @Nullable List<SessionDescriptor> sessions,
		@Nullable String next, @Nullable String message) implements OperationResponseBody {

	/**
	 * A node.
	 *
	 * @param name its name, new at each start
	 * @param age how long ago it joined
	 */
	public record Node(String name, Duration age) {
	}

}
