package io.github.mcpsession.stream;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

/**
 * What became of a write.
 *
 * @param written whether it was done
 * @param last the last position of the stream after it, -1 if there is no such session
 * @param reader who reads the stream live, {@code null} if nobody does
 * @param dropped how many events were dropped to keep within the {@linkplain StreamLimits
 * limits} of number and size, without those of streams that are finished, which nobody
 * misses; counted for metrics only
 * @since 0.1.0
 */
public record WriteResult(boolean written, long last, @Nullable String reader, int dropped) implements Serializable {

	/**
	 * The session is gone.
	 */
	public static final WriteResult GONE = new WriteResult(false, -1, null);

	/**
	 * What became of a write for which no event was dropped.
	 * @param written whether it was done
	 * @param last the last position of the stream after it
	 * @param reader who reads the stream live, {@code null} if nobody does
	 */
	public WriteResult(boolean written, long last, @Nullable String reader) {
		this(written, last, reader, 0);
	}

}
