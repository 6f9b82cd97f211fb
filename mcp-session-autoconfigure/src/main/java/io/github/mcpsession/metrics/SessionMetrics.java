package io.github.mcpsession.metrics;

import io.github.mcpsession.SessionTerminatedEvent;
import org.jspecify.annotations.Nullable;

/**
 * Is told what is to be counted and timed. No method is given a session id, a principal
 * or a message, so none can get into a metric.
 * <p>
 * Called on the threads of requests, for each message: implementations are thread-safe,
 * fast, and never throw.
 */
public interface SessionMetrics {

	/**
	 * Counts nothing.
	 */
	SessionMetrics NONE = new SessionMetrics() {
	};

	/**
	 * A session was initialized on this node.
	 */
	default void created() {
	}

	/**
	 * A session has ended.
	 * @param reason why
	 */
	default void terminated(SessionTerminatedEvent.Reason reason) {
	}

	/**
	 * A session that this node does not hold is about to be looked for. Ended on the same
	 * thread, by {@link Outcome#SUCCESS}, {@link Outcome#NOT_FOUND} or
	 * {@link Outcome#FAILURE}.
	 * @return to be told of the end
	 */
	default Timing restore() {
		return Timing.NONE;
	}

	/**
	 * A call to the store is about to be made. Ended on the same thread, by
	 * {@link Outcome#SUCCESS}, {@link Outcome#FAILURE}, {@link Outcome#TIMEOUT} or
	 * {@link Outcome#REFUSED}.
	 * @param operation which one, of a few
	 * @return to be told of the end
	 */
	default Timing storeCall(String operation) {
		return Timing.NONE;
	}

	/**
	 * A client has answered a request of the server.
	 * @param route where the answer went
	 */
	default void reply(Route route) {
	}

	/**
	 * A notification was sent to a client by its listening stream.
	 * @param delivery how far it got
	 */
	default void notification(Delivery delivery) {
	}

	/**
	 * Something happened to events of resumable streams.
	 * @param fate what
	 * @param count to how many
	 */
	default void events(Fate fate, int count) {
	}

	/**
	 * A request was served that named a protocol version newer than the server knows.
	 */
	default void newerVersion() {
	}

	/**
	 * Something that takes time.
	 */
	@FunctionalInterface
	interface Timing {

		/**
		 * Times nothing.
		 */
		Timing NONE = (outcome, error) -> {
		};

		/**
		 * It has ended.
		 * @param outcome how
		 * @param error what went wrong, if anything did
		 */
		void end(Outcome outcome, @Nullable Throwable error);

	}

	/**
	 * How something ended.
	 */
	enum Outcome {

		/**
		 * As wanted.
		 */
		SUCCESS,

		/**
		 * There is no such session, or it is another principal's.
		 */
		NOT_FOUND,

		/**
		 * By an error.
		 */
		FAILURE,

		/**
		 * No answer came in time.
		 */
		TIMEOUT,

		/**
		 * The store was not asked, since it is known to be away.
		 */
		REFUSED

	}

	/**
	 * Where an answer of a client went.
	 */
	enum Route {

		/**
		 * To what waits for it on this node.
		 */
		HERE,

		/**
		 * To the node that asked.
		 */
		ELSEWHERE,

		/**
		 * Back to the client as an error: nobody waits for it, or the node that asked
		 * cannot be reached.
		 */
		REFUSED

	}

	/**
	 * How far a notification got.
	 */
	enum Delivery {

		/**
		 * To the listening stream, which is open on this node.
		 */
		HERE,

		/**
		 * To the node on which the listening stream is open.
		 */
		ELSEWHERE,

		/**
		 * Into the event log, for when the client listens again.
		 */
		KEPT,

		/**
		 * Nowhere.
		 */
		LOST

	}

	/**
	 * What happened to an event.
	 */
	enum Fate {

		/**
		 * Written to the log.
		 */
		APPENDED,

		/**
		 * Read from the log for a client: it came back, or listens on another node than
		 * the one that wrote.
		 */
		REPLAYED,

		/**
		 * Dropped from the log to keep within its limits.
		 */
		DROPPED,

		/**
		 * Sent without being in the log, since the store gave no answer.
		 */
		UNWRITTEN

	}

}
