package io.github.mcpsession;

/**
 * Published on the node that initialized a session, after its first save. Listeners run
 * on the thread of the request; their exceptions are logged and have no effect.
 *
 * @param session the session as it was saved
 * @since 0.1.0
 */
public record SessionCreatedEvent(SessionRecord session) {
}
