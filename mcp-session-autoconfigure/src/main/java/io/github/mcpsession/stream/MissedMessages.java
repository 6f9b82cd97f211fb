package io.github.mcpsession.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRecord.Missed;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;

/**
 * What was kept for a client that has listened, and does not now: some clients never do
 * again once their stream has ended, the Java SDK's for instance. Requests are left out,
 * since nobody waits for the replies any more.
 *
 * @param messages the notifications as JSON, in order
 * @param state what the record says once they were sent
 */
public record MissedMessages(List<String> messages, Missed state) {

	private static final int PAGE = 100;

	/**
	 * Read them.
	 * @param log the log
	 * @param session the session as it is stored
	 * @param condition which announcements are for it
	 * @return what the client has not been sent, by whatever stream
	 * @throws io.github.mcpsession.SessionStoreException if the log cannot be reached
	 */
	static MissedMessages read(EventLog log, SessionRecord session, Predicate<Announcement> condition) {
		// what it was sent before it listened again says nothing of now
		Missed before = (session.listener() == null && session.missed() != null) ? session.missed() : Missed.UNREAD;
		String stream = StreamIds.listening(session.id());
		StreamState state = log.read(session.id(), stream, 0, 0)
			.map(Replay::state)
			.orElseGet(() -> StreamState.begin(null, null));
		long begin = Math.min(Math.max(before.sent(), state.delivered()), state.last());
		List<LoggedEvent> events = (state.last() > begin)
				? log.read(session.id(), stream, begin, PAGE).map(Replay::events).orElse(List.of()) : List.of();
		List<String> messages = new ArrayList<>();
		long position = begin;
		for (LoggedEvent event : events) {
			if (event.position() > position + 1) {
				messages.add(ListeningStream.LOST);
			}
			position = event.position();
			if (JsonRpcMessages.read(event.message()) instanceof JSONRPCNotification) {
				messages.add(event.message());
			}
		}
		boolean more = events.size() == PAGE;
		if (!more && position < state.last()) {
			messages.add(ListeningStream.LOST);
			position = state.last();
		}
		long announced = Math.max(Math.max(before.announced(), state.announced()), session.createdAt().toEpochMilli());
		long from = (before.sent() != 0) ? before.from() : begin;
		long announcedFrom = (before.announced() != 0) ? before.announcedFrom() : announced;
		for (Announcement announcement : log.announcementsAfter(announced)) {
			announced = Math.max(announced, announcement.number());
			if (condition.test(announcement)) {
				messages.add(announcement.message());
			}
		}
		return new MissedMessages(messages, new Missed(more, from, position, announcedFrom, announced));
	}

}
