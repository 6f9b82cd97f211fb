package io.github.mcpsession;

/**
 * Published on a node that has brought back a session which it did not hold. Listeners
 * run in the thread of the request; what they throw is logged and changes nothing.
 *
 * @param session the session as it was read
 * @since 0.1.0
 * @see SessionRestoreMarker
 */
public record SessionRestoredEvent(SessionRecord session) {
}
