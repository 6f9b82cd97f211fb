package io.github.mcpsession.stream;

import io.github.mcpsession.support.RetryQueue;

/**
 * The ends of streams that the log does not have yet, because it could not be reached.
 * Any thread adds to them; one writes them again, by the clock.
 */
final class UnwrittenEnds {

	private final RetryQueue<Unwritten> queue = new RetryQueue<>();

	private final NodeStreams streams;

	private record Unwritten(String session, StreamWrite write, long since) {
	}

	UnwrittenEnds(NodeStreams streams) {
		this.streams = streams;
	}

	/**
	 * Add one, unless there are too many.
	 */
	void add(String session, StreamWrite write) {
		this.queue.add(new Unwritten(session, write, System.nanoTime()));
	}

	void writeAgain() {
		this.queue.retry(this::write);
	}

	private void write(Unwritten end) {
		boolean expired = System.nanoTime() - end.since() > this.streams.settings().limits().retention().toNanos();
		if (!expired) {
			WriteResult result = this.streams.log().write(end.session(), end.write());
			if (result.reader() != null) {
				this.streams.readers().sendAppended(end.session(), result.reader());
			}
		}
	}

}
