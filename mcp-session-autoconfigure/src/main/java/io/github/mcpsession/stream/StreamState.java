package io.github.mcpsession.stream;

import java.io.Serializable;
import java.util.Optional;

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
 * @param reader who reads it live, {@code null} if nobody does
 * @param delivered the position up to which the client was sent a listening stream; of a
 * call's stream, its last position if the client was sent all of it, and 0 otherwise
 * @param announced the number up to which it was sent announcements
 * @since 0.1.0
 */
public record StreamState(@Nullable String owner, @Nullable String requestId, long last, boolean complete,
		@Nullable String reader, long delivered, long announced) implements Serializable {

	/**
	 * The state of a stream on which nothing was sent.
	 * @param owner the node that runs the call which the stream answers, {@code null} for
	 * a listening stream
	 * @param requestId the JSON text of the id of that call's request
	 * @return the state
	 */
	public static StreamState begin(@Nullable String owner, @Nullable String requestId) {
		return new StreamState(owner, requestId, 0, false, null, 0, 0);
	}

	/**
	 * Whether nothing more can be expected of this stream: it is that of a call, it is
	 * complete, and the client was sent all of it.
	 */
	public boolean isFinished() {
		return this.owner != null && this.complete && this.delivered >= this.last;
	}

	/**
	 * The state after a write. What is written to the stream of a call that has a reader
	 * does not count as sent: the reader sends it.
	 * @param write the write
	 * @return the state; empty if the message is not to be written
	 * @see EventLog#write
	 */
	public Optional<StreamState> after(StreamWrite write) {
		boolean hasMessage = write.message() != null;
		long position = (write.position() != StreamWrite.NEXT) ? Math.max(this.last, write.position())
				: this.last + write.skipped() + (hasMessage ? 1 : 0);
		if (hasMessage && (this.complete || position == this.last)) {
			return Optional.empty();
		}
		return Optional.of(new StreamState(this.owner, this.requestId, position, this.complete || write.complete(),
				this.reader, deliveredAfter(write, position), this.announced));
	}

	private long deliveredAfter(StreamWrite write, long position) {
		if (this.owner == null) {
			return write.delivered() ? position : this.delivered;
		}
		boolean leftToReader = this.reader != null && write.message() != null;
		return (write.delivered() && !leftToReader) ? position : 0;
	}

	/**
	 * The same with another reader.
	 * @param newReader who reads it live; {@code null} for nobody
	 * @return the state
	 */
	public StreamState withReader(@Nullable String newReader) {
		return new StreamState(this.owner, this.requestId, this.last, this.complete, newReader, this.delivered,
				this.announced);
	}

	/**
	 * The state after the client was sent more.
	 * @param position the position up to which it was sent events
	 * @param number the number up to which it was sent announcements
	 * @return the state, in which neither is lower than in this
	 */
	public StreamState withDelivered(long position, long number) {
		return new StreamState(this.owner, this.requestId, this.last, this.complete, this.reader,
				Math.max(this.delivered, position), Math.max(this.announced, number));
	}

}
