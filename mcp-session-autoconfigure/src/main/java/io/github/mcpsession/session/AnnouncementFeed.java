package io.github.mcpsession.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongFunction;

import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.stream.Announcement;
import org.jspecify.annotations.Nullable;

/**
 * Puts announcements that several nodes make into one order on this node. An announcement
 * may be seen here later than one with a higher number; a client that has got the higher
 * one would never be sent the lower after a cut. So each time this looks what the log
 * has: once for all sessions of the node. As messages between nodes may get lost, it also
 * looks now and then.
 * <p>
 * Any thread may add. What was seen is guarded by the monitor of this, for the order; the
 * log is asked before.
 */
final class AnnouncementFeed {

	private static final int REMEMBERED = 2000;

	private final LongFunction<List<Announcement>> log;

	private final Map<Long, Boolean> seen = new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<Long, Boolean> eldest) {
			return size() > REMEMBERED;
		}
	};

	/**
	 * Written under the monitor.
	 */
	private volatile long last;

	AnnouncementFeed(LongFunction<List<Announcement>> log) {
		this.log = log;
	}

	/**
	 * An announcement has been made, here or on another node.
	 * @param announcement the announcement
	 * @param next is given what to send to the clients now, in order; must not wait
	 */
	void add(Announcement announcement, Consumer<Announcement> next) {
		if (announcement.number() == 0) {
			next.accept(announcement);
			return;
		}
		List<Announcement> found = List.of();
		try {
			found = this.log.apply(this.last);
		}
		catch (SessionStoreException ex) {
			// then without those that it has overtaken
		}
		pass(found, announcement, next);
	}

	/**
	 * Look whether there were announcements that nobody sent this node a message about.
	 * @param next is given what to send to the clients now, in order; must not wait
	 * @throws SessionStoreException if the log cannot be reached
	 */
	void poll(Consumer<Announcement> next) {
		pass(this.log.apply(this.last), null, next);
	}

	/**
	 * What one thread has read before another may come here after it: then it is seen.
	 */
	private synchronized void pass(List<Announcement> found, @Nullable Announcement added,
			Consumer<Announcement> next) {
		List<Announcement> unseen = new ArrayList<>(found);
		if (added != null && !unseen.contains(added)) {
			// a later one of its topic has replaced it in the log
			unseen.add(0, added);
		}
		unseen.removeIf((candidate) -> this.seen.put(candidate.number(), true) != null);
		unseen.forEach((candidate) -> this.last = Math.max(this.last, candidate.number()));
		unseen.forEach(next);
	}

}
