package io.github.mcpsession;

/**
 * Published on a node that has restored a session. Listeners run on the thread of the
 * request; their exceptions are logged and have no effect.
 *
 * @param session the session as it was read
 * @since 0.1.0
 * @see SessionRestoreMarker
 */
public record SessionRestoredEvent(SessionRecord session) {
}
