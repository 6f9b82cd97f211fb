package io.github.mcpsession.server;

import java.util.List;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.session.LocalSession;
import io.github.mcpsession.session.LocalSessions;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import reactor.core.publisher.Mono;

/**
 * What an MCP server is built with in the place of the transport that serves its clients:
 * the sessions of that transport are made by a factory of ours, and notifications go to
 * the clients of all nodes.
 */
final class SdkTransportProvider implements McpStreamableServerTransportProvider {

	private final ManagedServer node;

	private final Supplier<List<SessionCustomizer>> customizers;

	SdkTransportProvider(ManagedServer node, Supplier<List<SessionCustomizer>> customizers) {
		this.node = node;
		this.customizers = customizers;
	}

	@Override
	public void setSessionFactory(McpStreamableServerSession.Factory sessionFactory) {
		this.node.connect(sessionFactory);
		this.node.transport()
			.setSessionFactory(new SdkSessionFactory(this.node, sessionFactory, this.customizers.get()));
	}

	@Override
	public Mono<Void> notifyClients(String method, Object params) {
		return this.node.broadcasts().send(new JSONRPCNotification(method, params));
	}

	@Override
	public Mono<Void> notifyClient(String sessionId, String method, Object params) {
		JSONRPCNotification notification = new JSONRPCNotification(method, params);
		if (sessionId.equals(SdkStandIns.ID)) {
			return this.node.broadcasts().send(notification);
		}
		// as if it did not exist, if it is one of another server
		return this.node.scope().hasId(sessionId)
				? Mono.defer(() -> this.node.listeners().notifyClient(sessionId, notification)) : Mono.empty();
	}

	@Override
	public List<String> protocolVersions() {
		return this.node.transport().protocolVersions();
	}

	@Override
	public Mono<Void> closeGracefully() {
		return this.node.transport().closeGracefully();
	}

	@Override
	public void close() {
		this.node.transport().close();
	}

	/**
	 * The map in which a transport of the SDK looks sessions up.
	 *
	 * @param sessions the transport's own map
	 */
	record Sessions(ConcurrentMap<String, McpStreamableServerSession> sessions) implements LocalSessions.Transport {

		@Override
		public void add(LocalSession session) {
			this.sessions.put(session.id(), (SdkSession) session);
		}

		@Override
		public void addIfMissing(LocalSession session) {
			this.sessions.putIfAbsent(session.id(), (SdkSession) session);
		}

		@Override
		public void remove(LocalSession session) {
			this.sessions.remove(session.id(), session);
		}

	}

}
