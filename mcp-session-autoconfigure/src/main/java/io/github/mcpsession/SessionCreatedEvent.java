package io.github.mcpsession;

/**
 * Published on the node that initialized a session, after its first save. Listeners run
 * in the thread of the request; what they throw is logged and changes nothing.
 *
 * @param session the session as it was saved
 * @since 0.1.0
 */
public record SessionCreatedEvent(SessionRecord session) {
}
