package io.github.mcpsession.autoconfigure;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.ClusterChannel;
import io.github.mcpsession.memory.MemoryClusterChannel;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.server.SessionNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Says at startup what happens to sessions, and warns if an MCP server was built around
 * this library.
 */
record SessionStartupReport(SessionNode node, SessionStore store, ClusterChannel channel,
		String endpoint) implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(SessionStartupReport.class);

	@Override
	public void afterSingletonsInstantiated() {
		String transport = this.node.transport().getClass().getSimpleName();
		if (this.node.isConnected()) {
			logger.info("MCP sessions at {} are kept by {} (namespace {}, node {}, transport {}, mcp-core {})",
					this.endpoint, this.store.getClass().getSimpleName(), this.node.namespace(), this.node.name(),
					transport, this.node.sdkVersion());
			if (this.channel instanceof MemoryClusterChannel && !(this.store instanceof MemorySessionStore)) {
				logger.warn("Nodes cannot talk to each other, so answers and notifications do not find the way from "
						+ "one to another: declare a ClusterChannel bean beside your SessionStore");
			}
		}
		else {
			logger.warn("MCP sessions are NOT stored: no MCP server was built on the transport provider of "
					+ "mcp-session. Where the server is built, inject McpStreamableServerTransportProvider (the "
					+ "interface) and not {}, and do not pick the transport by name.", transport);
		}
	}

}
