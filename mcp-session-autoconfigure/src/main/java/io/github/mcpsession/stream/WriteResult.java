package io.github.mcpsession.stream;

import org.jspecify.annotations.Nullable;

/**
 * What became of a write.
 *
 * @param written whether it was done
 * @param last the last position of the stream after it, -1 if there is no such session
 * @param follower who follows the stream, {@code null} if nobody does
 * @since 0.1.0
 */
public record WriteResult(boolean written, long last, @Nullable String follower) {

	/**
	 * The session is gone.
	 */
	public static final WriteResult GONE = new WriteResult(false, -1, null);

}
