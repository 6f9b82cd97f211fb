package io.github.mcpsession.server;

import java.util.concurrent.ConcurrentMap;

import io.github.mcpsession.session.LocalSession;
import io.github.mcpsession.session.LocalSessions;
import io.modelcontextprotocol.spec.McpStreamableServerSession;

/**
 * The map in which a transport of the SDK looks sessions up.
 *
 * @param sessions the transport's own map
 */
record SdkTransportSessions(
		ConcurrentMap<String, McpStreamableServerSession> sessions) implements LocalSessions.Transport {

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
