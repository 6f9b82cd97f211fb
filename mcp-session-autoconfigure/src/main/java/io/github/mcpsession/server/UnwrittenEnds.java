package io.github.mcpsession.server;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.stream.StreamContext;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;

/**
 * The ends of streams that the log does not have yet, because it could not be reached.
 * Any thread adds to them; one writes them again, by the clock.
 */
final class UnwrittenEnds {

	private static final int MAX = 1000;

	private final Queue<Unwritten> queue = new ConcurrentLinkedQueue<>();

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
		if (this.queue.size() < MAX) {
			this.queue.add(new Unwritten(session, write, System.nanoTime()));
		}
	}

	void writeAgain() {
		Unwritten next = this.queue.poll();
		while (next != null) {
			try {
				boolean expired = System.nanoTime()
						- next.since() > this.context.settings().limits().retention().toNanos();
				if (!expired) {
					WriteResult result = this.context.log().write(next.session(), next.write());
					if (result.follower() != null) {
						this.context.listener().onAppended(next.session(), result.follower());
					}
				}
			}
			catch (SessionStoreException ex) {
				// another one next time, in case it is for what this one says
				this.queue.add(next);
				return;
			}
			next = this.queue.poll();
		}
	}

}
