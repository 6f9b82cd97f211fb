package io.github.mcpsession.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemoryNodeChannel;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.server.ManagedServer;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.stream.EventLog;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Says at startup what happens to sessions, and warns if an MCP server was built around
 * this library.
 */
record SessionStartupReport(ManagedServers servers, SessionStore store, EventLog eventLog, NodeChannel channel,
		StoreType chosen, ListableBeanFactory beanFactory) implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(SessionStartupReport.class);

	private static final String SUFFIX = "SessionStore";

	/**
	 * By name, since the libraries of the others may be missing.
	 */
	private static final Set<String> OURS = Set.of("Memory" + SUFFIX, "Redis" + SUFFIX, "Jdbc" + SUFFIX);

	@Override
	public void afterSingletonsInstantiated() {
		this.servers.all().forEach(this::report);
		String kept = this.store.getClass().getSimpleName();
		if (OURS.contains(kept) && !kept.equalsIgnoreCase(this.chosen + SUFFIX)) {
			logger.warn(
					"'{}' is '{}', but sessions are kept by {}. What was processed ahead of time, as a native image "
							+ "is, has the store that was chosen then: set the property when it is built.",
					SessionStoreConfiguration.STORE, this.chosen.name().toLowerCase(Locale.ROOT), kept);
		}
		reportParts();
		this.beanFactory.getBeansOfType(McpStreamableServerTransportProvider.class).forEach((name, transport) -> {
			if (!this.servers.isManaged(transport)) {
				logger.warn("MCP sessions of the transport '{}' are NOT stored: build its server on what "
						+ "SessionTransports.manage(...) returns.", name);
			}
		});
	}

	/**
	 * The parts of a backend that the application has not replaced together with others.
	 */
	private void reportParts() {
		boolean memoryLog = this.eventLog instanceof MemoryEventLog;
		boolean memoryChannel = this.channel instanceof MemoryNodeChannel;
		List<String> consequences = new ArrayList<>();
		if (this.store instanceof MemorySessionStore) {
			if (!memoryLog || !memoryChannel) {
				consequences.add("sessions are known to this node only (declare a SessionStore bean)");
			}
		}
		else {
			if (memoryLog) {
				consequences.add("streams cannot be resumed on other nodes (declare an EventLog bean)");
			}
			if (memoryChannel) {
				consequences.add("replies and notifications do not reach other nodes (declare a NodeChannel bean)");
			}
		}
		if (!consequences.isEmpty()) {
			logger.warn("Sessions are kept by {}, streams by {}, and nodes send messages by {}: {}",
					this.store.getClass().getSimpleName(), this.eventLog.getClass().getSimpleName(),
					this.channel.getClass().getSimpleName(), String.join("; ", consequences));
		}
	}

	private void report(ManagedServer server) {
		if (server.isConnected()) {
			logger.info("MCP sessions at {} are kept by {} (namespace {}, node {}, transport {}, mcp-core {})",
					server.endpoint(), this.store.getClass().getSimpleName(), this.servers.runtime().namespace(),
					this.servers.runtime().nodeName(), server.transport().getClass().getSimpleName(),
					server.sdkVersion());
		}
		else if (!server.isBypassed()) {
			logger.info("No MCP server has been built yet whose sessions at {} could be stored", server.endpoint());
		}
		else if (server == this.servers.defaultServer()) {
			logger.warn("MCP sessions are NOT stored: no MCP server was built on the transport provider of "
					+ "mcp-session. Where the server is built, inject McpStreamableServerTransportProvider (the "
					+ "interface) and not {}, and do not select the transport by bean name.",
					server.transport().getClass().getSimpleName());
		}
		else {
			logger.warn("MCP sessions at {} are NOT stored: no MCP server was built on the transport provider "
					+ "that SessionTransports.manage(...) returned.", server.endpoint());
		}
	}

}
