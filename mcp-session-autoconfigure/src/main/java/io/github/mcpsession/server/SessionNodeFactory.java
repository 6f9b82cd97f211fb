package io.github.mcpsession.server;

import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.jspecify.annotations.Nullable;

/**
 * Makes the {@link ManagedServer} of a transport, on the store of the application.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface SessionNodeFactory {

	/**
	 * Make a node.
	 * @param endpoint the path of the endpoint, or {@code null} for the transport that is
	 * the only one in most applications
	 * @param transport the transport that serves the clients
	 * @return the node
	 */
	ManagedServer create(@Nullable String endpoint, McpStreamableServerTransportProvider transport);

}
