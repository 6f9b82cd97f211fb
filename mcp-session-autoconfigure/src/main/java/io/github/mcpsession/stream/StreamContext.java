package io.github.mcpsession.stream;

/**
 * What all streams of a node share.
 *
 * @param node the name of the node
 * @param log where events are kept
 * @param announcements where announcements are kept
 * @param settings how streams are handled
 * @param listener is told what happens
 * @since 0.1.0
 */
public record StreamContext(String node, EventLog log, AnnouncementLog announcements, StreamSettings settings,
		Listener listener) {

	/**
	 * Is told what happens to streams. Thread-safe; never throws.
	 */
	public interface Listener {

		/**
		 * A stream that has a reader was written to.
		 * @param session the session id
		 * @param reader who reads it
		 */
		void onAppended(String session, String reader);

		/**
		 * The end of a stream could not be written.
		 * @param session the session id
		 * @param write the write, to be tried again
		 */
		void onUnwritten(String session, StreamWrite write);

		/**
		 * An event was sent that is not in the log.
		 * @param session the session id
		 */
		void onGap(String session);

	}

}
