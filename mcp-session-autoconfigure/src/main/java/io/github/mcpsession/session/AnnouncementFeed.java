package io.github.mcpsession.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;

import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.stream.Announcement;

/**
 * Puts announcements that several nodes make into one order on this node. An announcement
 * may be seen here later than one with a higher number; a client that has got the higher
 * one would never be seen of the lower after a cut. So each time this looks what the log
 * has: once for all sessions of the node. Guarded by its monitor, for the order.
 */
final class AnnouncementFeed {

	private static final int REMEMBERED = 1000;

	private final LongFunction<List<Announcement>> log;

	private final Map<Long, Boolean> seen = new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
			return size() > REMEMBERED;
		}
	};

	private long last;

	AnnouncementFeed(LongFunction<List<Announcement>> log) {
		this.log = log;
	}

	/**
	 * An announcement has been made, here or on another node.
	 * @param announcement the announcement
	 * @param next is given what to send to the clients now, in order; must not wait
	 */
	synchronized void add(Announcement announcement, Consumer<Announcement> next) {
		if (announcement.number() == 0) {
			next.accept(announcement);
			return;
		}
		if (this.last == 0) {
			this.last = announcement.number() - 1;
		}
		List<Announcement> missing = new ArrayList<>();
		try {
			missing.addAll(this.log.apply(this.last));
		}
		catch (SessionStoreException ex) {
			// then without those that it has overtaken
		}
		if (!missing.contains(announcement)) {
			// a later one of its topic has replaced it in the log
			missing.add(0, announcement);
		}
		missing.removeIf((candidate) -> this.seen.put(candidate.number(), true) != null);
		missing.forEach((candidate) -> this.last = Math.max(this.last, candidate.number()));
		missing.forEach(next);
	}

}
