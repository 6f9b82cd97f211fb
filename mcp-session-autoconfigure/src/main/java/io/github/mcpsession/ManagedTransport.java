package io.github.mcpsession;

import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;

/**
 * A transport whose sessions are managed.
 *
 * @since 0.1.0
 * @see SessionTransports
 */
public interface ManagedTransport {

	/**
	 * What to build the MCP server on, in the place of the transport itself.
	 * @return the transport provider
	 */
	McpStreamableServerTransportProvider transportProvider();

	/**
	 * The manager that resolves and terminates the sessions of this transport and of no
	 * other. For all else the {@link SessionManager} bean will do, which finds, changes
	 * and terminates the sessions of all transports.
	 * @return the manager
	 */
	SessionManager manager();

}
