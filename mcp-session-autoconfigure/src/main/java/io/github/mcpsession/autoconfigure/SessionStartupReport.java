package io.github.mcpsession.autoconfigure;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.memory.MemoryNodeChannel;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.server.ManagedServer;
import io.github.mcpsession.server.ManagedServers;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Says at startup what happens to sessions, and warns if an MCP server was built around
 * this library.
 */
record SessionStartupReport(ManagedServer node, SessionStore store, NodeChannel channel, String endpoint,
		ManagedServers transports, ListableBeanFactory beanFactory) implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(SessionStartupReport.class);

	@Override
	public void afterSingletonsInstantiated() {
		if (this.node.isConnected()) {
			reportKept(this.endpoint, this.node);
			if (this.channel instanceof MemoryNodeChannel && !(this.store instanceof MemorySessionStore)) {
				logger.warn("Nodes cannot talk to each other, so answers and notifications do not find the way from "
						+ "one to another: declare a NodeChannel bean beside your SessionStore");
			}
		}
		else {
			logger.warn("MCP sessions are NOT stored: no MCP server was built on the transport provider of "
					+ "mcp-session. Where the server is built, inject McpStreamableServerTransportProvider (the "
					+ "interface) and not {}, and do not pick the transport by name.", nameOf(this.node.transport()));
		}
		this.transports.all().forEach((managed) -> {
			if (managed.node().isConnected()) {
				reportKept(managed.endpoint(), managed.node());
			}
			else {
				logger.warn("MCP sessions at {} are NOT stored: no MCP server was built on the transport provider "
						+ "that SessionTransports.manage(...) returned.", managed.endpoint());
			}
		});
		this.beanFactory.getBeansOfType(McpStreamableServerTransportProvider.class).forEach((name, transport) -> {
			if (!this.transports.isManaged(transport)) {
				logger.warn("MCP sessions of the transport '{}' are NOT stored: build its server on what "
						+ "SessionTransports.manage(...) returns.", name);
			}
		});
	}

	private void reportKept(String endpoint, ManagedServer node) {
		logger.info("MCP sessions at {} are kept by {} (namespace {}, node {}, transport {}, mcp-core {})", endpoint,
				this.store.getClass().getSimpleName(), node.namespace(), node.name(), nameOf(node.transport()),
				node.sdkVersion());
	}

	private static String nameOf(McpStreamableServerTransportProvider transport) {
		return transport.getClass().getSimpleName();
	}

}
