package io.github.mcpsession.memory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;

/**
 * The announcements of {@link MemoryEventLog}. All state is guarded by this object's
 * monitor.
 */
final class MemoryAnnouncements {

	private static final long RETENTION_MILLIS = Duration.ofHours(EventLog.TOPIC_HOURS).toMillis();

	private final Map<String, Announcement> announcements = new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Announcement> eldest) {
			return size() > EventLog.MAX_TOPICS;
		}
	};

	private final InstantSource clock;

	private long last;

	MemoryAnnouncements(InstantSource clock) {
		this.clock = clock;
	}

	synchronized long announce(String topic, String message) {
		this.last = Math.max(this.clock.millis(), this.last + 1);
		this.announcements.remove(topic);
		this.announcements.put(topic, new Announcement(this.last, topic, message));
		return this.last;
	}

	synchronized List<Announcement> after(long number) {
		this.announcements.values().removeIf((old) -> old.number() < this.clock.millis() - RETENTION_MILLIS);
		List<Announcement> later = new ArrayList<>(this.announcements.values());
		later.removeIf((announcement) -> announcement.number() <= number);
		return later;
	}

}
