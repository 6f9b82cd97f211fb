package io.github.mcpsession.guard;

import java.util.List;

import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.AnnouncementLog;

/**
 * An announcement log that answers in time, or throws
 * {@link io.github.mcpsession.SessionStoreException}.
 *
 * @param log the log
 * @param guard makes the calls
 */
public record GuardedAnnouncementLog(AnnouncementLog log, StoreGuard guard) implements AnnouncementLog {

	@Override
	public long announce(String topic, String message) {
		return this.guard.call("announce", () -> this.log.announce(topic, message));
	}

	@Override
	public List<Announcement> after(long number) {
		return this.guard.call("read-announcements", () -> this.log.after(number));
	}

}
