package io.github.mcpsession.stream;

import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Keeps what was sent on the SSE streams of sessions, so that any node can send it again
 * (MCP specification 2025-11-25, basic/transports, "Resumability and Redelivery").
 * <p>
 * A stream is a sequence of events at positions from 1 on. It belongs to one session, and
 * is found only together with the id of that session. Positions only increase; one that
 * is missing is an event that was sent but is not in the log. Of each session the log
 * keeps the newest events of all streams within {@link StreamLimits}; dropping an event
 * leaves its position missing. A message that alone exceeds the limit of bytes is not
 * kept, and displaces no other: its position is used, and missing.
 * <p>
 * To keep within the limits of number and size, first events of streams that are
 * {@linkplain StreamState#isFinished() finished} are dropped, then others; last of all
 * the responses to calls, which are the messages that complete a stream. Within each of
 * these the oldest come first.
 * <p>
 * What there is of a stream that is finished is dropped after
 * {@link StreamLimits#completedRetention()}: nothing of it can be read then, and it does
 * not stay for longer than until later writes to the session, or everything else of the
 * session has to go.
 * <p>
 * When the stream of a call begins, states of other calls' streams are dropped until
 * there are no more than {@link StreamLimits#maxEvents()}: of streams that are complete
 * those that were written to least recently, and only if that does not suffice of others.
 * A backend may keep up to a tenth more or less, if that saves work. A stream whose state
 * was dropped begins again with the next write to it.
 * <p>
 * Each method is one atomic step as seen by all nodes. Nothing is ever written for a
 * session that the session store of the same backend does not have, and deleting a
 * session there deletes its streams: the two share their data, or one notifies the other.
 * Of a session that has expired, nothing may be read, and its streams may be deleted
 * later. Implementations are thread-safe; a method that cannot reach the store throws any
 * unchecked exception. Time is judged by the clock of the store.
 *
 * @since 0.1.0
 */
public interface EventLog {

	/**
	 * Minimum number of topics of announcements that are kept.
	 */
	int MAX_TOPICS = 1000;

	/**
	 * Minimum time for which an announcement is kept, in hours.
	 */
	int TOPIC_HOURS = 24;

	/**
	 * Write to a stream, which begins with the first write.
	 * <p>
	 * The position of the message is the one that the write says, or the one after the
	 * last and the {@linkplain StreamWrite#skipped() skipped} ones. A message at a
	 * position that is used or passed, or for a stream that is complete, is not written.
	 * A write without a message at a position raises the last position to it.
	 * @param sessionId the session id
	 * @param write what to write
	 * @return the result
	 */
	WriteResult write(String sessionId, StreamWrite write);

	/**
	 * Read events of a stream.
	 * @param sessionId the session id
	 * @param stream the stream
	 * @param after the position after which to read
	 * @param limit how many events to read at most; with 0 the state only
	 * @return the state of the stream and its events, oldest first, as of one moment;
	 * empty if the session has no such stream, or it has been dropped
	 */
	Optional<Replay> read(String sessionId, String stream, long after, int limit);

	/**
	 * Set the reader of a stream: from now on each write to it returns that reader.
	 * Replaces the previous one.
	 * @param sessionId the session id
	 * @param stream the stream
	 * @param reader the reader; {@code null} for nobody
	 * @return the state before; empty if the session has no such stream
	 */
	Optional<StreamState> setReader(String sessionId, String stream, @Nullable String reader);

	/**
	 * Save up to where a client was sent the messages of its listening stream, which
	 * begins with this if it does not exist. Neither number ever decreases.
	 * @param sessionId the session id
	 * @param stream the stream
	 * @param position the position up to which it was sent events
	 * @param announced the number up to which it was sent {@linkplain #announce
	 * announcements}
	 */
	void delivered(String sessionId, String stream, long position, long announced);

	/**
	 * Keep a notification that is for all sessions, or for all that meet a condition, so
	 * that a client that was not listening when it was sent can get it later. It is kept
	 * once for the whole application, and replaces the last one of its topic. The latest
	 * {@link #MAX_TOPICS} topics are kept, for {@link #TOPIC_HOURS}; a backend may keep
	 * more.
	 * <p>
	 * Numbers increase in the order in which announcements can be read: once one was
	 * read, no lower one may appear, though several nodes announce at the same moment and
	 * the clock of the store may go back.
	 * @param topic the topic; any text, of thousands of characters too
	 * @param message the notification as JSON
	 * @return its number: milliseconds since 1970 by the clock of the store, or more
	 * where that is needed for each number to be higher than all before
	 */
	long announce(String topic, String message);

	/**
	 * Read the announcements after a given one.
	 * @param number the number of that one, or a time in milliseconds since 1970
	 * @return the announcements with higher numbers, lowest first
	 */
	List<Announcement> announcementsAfter(long number);

}
