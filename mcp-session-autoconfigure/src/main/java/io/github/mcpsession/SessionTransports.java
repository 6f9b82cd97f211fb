package io.github.mcpsession;

import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;

/**
 * Manages the sessions of further transports, for an application that has more than one
 * MCP server. The default one needs nothing: the server that Spring AI configures, or
 * that is built on the injected {@link McpStreamableServerTransportProvider}.
 *
 * <pre class="code">
 * &#064;Bean(defaultCandidate = false)
 * McpSyncServer adminServer(SessionTransports sessions,
 *         &#064;Qualifier("adminTransport") WebMvcStreamableServerTransportProvider adminTransport) {
 *     return McpServer.sync(sessions.manage("/admin", adminTransport)).build();
 * }
 * </pre>
 *
 * A session belongs to one transport: at the endpoint of another its id is unknown, and a
 * broadcast of one server reaches its own clients only. Thread-safe.
 *
 * @since 0.1.0
 */
public interface SessionTransports {

	/**
	 * Manage the sessions of a transport. To be called once for each, on all nodes with
	 * the same endpoint, and before the MCP server is built.
	 * @param endpoint the path of its MCP endpoint within the application; may be a
	 * pattern. Sessions belong to this endpoint: under another one they are not found
	 * @param transport the transport that serves the clients
	 * @return the transport provider to build the MCP server on
	 * @throws IllegalArgumentException if the endpoint or the transport is already
	 * managed
	 */
	McpStreamableServerTransportProvider manage(String endpoint, McpStreamableServerTransportProvider transport);

}
