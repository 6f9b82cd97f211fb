package io.github.mcpsession.stream;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

/**
 * What to write to a stream.
 *
 * @param stream the stream
 * @param owner the node that runs the call which the stream answers, {@code null} for a
 * listening stream
 * @param requestId the JSON text of the id of that call's request, {@code null} for a
 * listening stream
 * @param position the position of the message, or {@link #NEXT}
 * @param skipped how many events before this one are not in the log, where the position
 * is {@link #NEXT}
 * @param message the message as JSON, {@code null} if there is none
 * @param complete whether the stream ends with this
 * @param delivered whether the client is sent the message at once; without a message, and
 * to the stream of a call, whether it was sent all of it, which a later write takes back
 * @since 0.1.0
 */
public record StreamWrite(String stream, @Nullable String owner, @Nullable String requestId, long position,
		long skipped, @Nullable String message, boolean complete, boolean delivered) implements Serializable {

	/**
	 * The position after the last one.
	 */
	public static final long NEXT = 0;

	/**
	 * A write to the stream of a call.
	 * @param stream the stream
	 * @param owner the node that runs the call
	 * @param requestId the JSON text of the id of its request
	 * @param position the position of the message, or the last position if there is none
	 * @param message the message, if there is one
	 * @param complete whether the stream ends
	 * @return the write
	 */
	public static StreamWrite toCall(String stream, String owner, @Nullable String requestId, long position,
			@Nullable String message, boolean complete) {
		return new StreamWrite(stream, owner, requestId, position, 0, message, complete, false);
	}

	/**
	 * The same, of which it is known whether the client is sent it.
	 * @param delivered whether the client is sent the message at once, and all before it
	 * @return the write
	 */
	public StreamWrite delivered(boolean delivered) {
		return new StreamWrite(this.stream, this.owner, this.requestId, this.position, this.skipped, this.message,
				this.complete, delivered);
	}

	/**
	 * A write to a listening stream.
	 * @param stream the stream
	 * @param skipped how many events were sent that are not in the log
	 * @param message the message, if there is one
	 * @param delivered whether the client is sent the message at once
	 * @return the write
	 */
	public static StreamWrite toListener(String stream, long skipped, @Nullable String message, boolean delivered) {
		return new StreamWrite(stream, null, null, NEXT, skipped, message, false, delivered);
	}

	/**
	 * Shows no message.
	 */
	@Override
	public String toString() {
		return "StreamWrite[stream=%s, position=%d, complete=%s]".formatted(this.stream, this.position, this.complete);
	}

}
