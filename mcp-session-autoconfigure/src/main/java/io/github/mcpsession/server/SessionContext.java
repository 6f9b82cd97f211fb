package io.github.mcpsession.server;

import java.util.Map;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.server.SdkInternals.SessionParts;
import io.github.mcpsession.session.LocalSessions;
import io.github.mcpsession.session.SessionEvents;
import io.github.mcpsession.session.SessionUpdater;
import io.github.mcpsession.stream.NodeStreams;
import io.modelcontextprotocol.server.McpRequestHandler;
import org.jspecify.annotations.Nullable;

/**
 * What all sessions of a transport share.
 *
 * @param parts what the SDK builds sessions from
 * @param handlers the request handlers to build sessions with
 * @param store the store
 * @param updater changes stored sessions
 * @param events publishes events
 * @param local the sessions that this node holds
 * @param router finds the way to other nodes
 * @param streams the resumable streams, {@code null} if they are not
 * @param metrics counts
 */
record SessionContext(SessionParts parts, Map<String, McpRequestHandler<?>> handlers, SessionStore store,
		SessionUpdater updater, SessionEvents events, LocalSessions local, SessionRouter router,
		@Nullable NodeStreams streams, SessionMetrics metrics) {
}
