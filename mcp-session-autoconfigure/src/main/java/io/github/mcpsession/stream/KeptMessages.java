package io.github.mcpsession.stream;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the log keeps for clients that do not listen. Any thread may use it that may wait
 * for the store.
 */
public final class KeptMessages {

	private static final Logger logger = LoggerFactory.getLogger(KeptMessages.class);

	private final EventLog log;

	private final Function<JSONRPCMessage, String> json;

	KeptMessages(EventLog log, Function<JSONRPCMessage, String> json) {
		this.log = log;
		this.json = json;
	}

	/**
	 * Keep a message for a client that does not listen to this node.
	 * @param sessionId the session id
	 * @param message the message
	 * @throws SessionStoreException if the log cannot be reached
	 */
	public void keep(String sessionId, JSONRPCMessage message) {
		this.log.write(sessionId,
				StreamWrite.toListener(StreamIds.listening(sessionId), 0, this.json.apply(message), false));
	}

	/**
	 * Keep an announcement.
	 * @param topic its topic
	 * @param message the notification as JSON
	 * @return the announcement, with the number 0 if that failed
	 */
	public Announcement announce(String topic, String message) {
		long number = 0;
		try {
			number = this.log.announce(topic, message);
		}
		catch (SessionStoreException ex) {
			logger.debug("A broadcast is not stored for clients that are not listening");
		}
		return new Announcement(number, topic, message);
	}

	/**
	 * The announcements that came later than one.
	 * @param number the number of that one
	 * @return the announcements with higher numbers, lowest first
	 * @throws SessionStoreException if the log cannot be reached
	 */
	public List<Announcement> announcementsAfter(long number) {
		return this.log.announcementsAfter(number);
	}

	/**
	 * What was kept for a client that has listened, and does not now.
	 * @param session the session as it is stored
	 * @param condition which announcements are for it
	 * @return what it was not sent, by whatever stream
	 * @throws SessionStoreException if the log cannot be reached
	 */
	public MissedMessages missed(SessionRecord session, Predicate<Announcement> condition) {
		return MissedMessages.read(this.log, session, condition);
	}

	/**
	 * A client was sent what was kept for it, so that no listening stream sends it again.
	 * @param sessionId the session id
	 * @param state up to where it was sent
	 * @throws SessionStoreException if the log cannot be reached
	 */
	public void delivered(String sessionId, SessionRecord.Missed state) {
		this.log.delivered(sessionId, StreamIds.listening(sessionId), state.sent(), state.announced());
	}

}
