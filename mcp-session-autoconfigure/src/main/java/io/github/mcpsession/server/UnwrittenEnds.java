package io.github.mcpsession.server;

import io.github.mcpsession.stream.StreamContext;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import io.github.mcpsession.support.RetryQueue;

/**
 * The ends of streams that the log does not have yet, because it could not be reached.
 * Any thread adds to them; one writes them again, by the clock.
 */
final class UnwrittenEnds {

	private final RetryQueue<Unwritten> queue = new RetryQueue<>();

	private final StreamContext context;

	private record Unwritten(String session, StreamWrite write, long since) {
	}

	UnwrittenEnds(StreamContext context) {
		this.context = context;
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
		boolean expired = System.nanoTime() - end.since() > this.context.settings().limits().retention().toNanos();
		if (!expired) {
			WriteResult result = this.context.log().write(end.session(), end.write());
			if (result.reader() != null) {
				this.context.listener().onAppended(end.session(), result.reader());
			}
		}
	}

}
