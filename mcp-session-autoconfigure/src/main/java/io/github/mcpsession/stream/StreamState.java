package io.github.mcpsession.stream;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a stream besides its events.
 *
 * @param owner the node that runs the call which the stream answers, {@code null} for a
 * listening stream
 * @param requestId the JSON text of the id of that call's request, {@code null} for a
 * listening stream
 * @param last the last position, 0 if nothing was sent
 * @param complete whether the stream has ended
 * @param follower who follows it, {@code null} if nobody does
 * @param delivered the position up to which the client was sent a listening stream
 * @param announced the number up to which it was sent announcements
 * @since 0.1.0
 */
public record StreamState(@Nullable String owner, @Nullable String requestId, long last, boolean complete,
		@Nullable String follower, long delivered, long announced) {
}
