package io.github.mcpsession.guard;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.stream.EventLog;

/**
 * What an application keeps in one store: its sessions, what was sent on their streams,
 * and the messages between its nodes.
 *
 * @param store where sessions are
 * @param eventLog where streams and announcements are
 * @param channel how nodes reach each other
 */
public record Backend(SessionStore store, EventLog eventLog, NodeChannel channel) {
}
