package io.github.mcpsession.stream;

import java.util.List;

/**
 * Notifications that are for all sessions, or for all that meet a condition, remembered
 * once for the whole application, so that a client which did not listen when they were
 * sent can be told later. Of each topic the last one is remembered, and of topics the
 * {@link #MAX_TOPICS} that came last, for {@link #RETENTION_HOURS}.
 * <p>
 * Implementations are thread-safe; a method that cannot reach the store throws any
 * unchecked exception.
 *
 * @since 0.1.0
 */
public interface AnnouncementLog {

	/**
	 * How many topics are remembered at the least.
	 */
	int MAX_TOPICS = 1000;

	/**
	 * For how long a topic is remembered at the least, in hours.
	 */
	int RETENTION_HOURS = 24;

	/**
	 * Remember an announcement, in the place of the last one of its topic.
	 * @param topic the topic; any text
	 * @param message the notification as JSON
	 * @return its number: milliseconds since 1970 by the clock of the store, or more
	 * where that is needed for each number to be higher than all before
	 */
	long announce(String topic, String message);

	/**
	 * The announcements that came later than one.
	 * @param number the number of that one, or a time in milliseconds since 1970
	 * @return the announcements with higher numbers, lowest first
	 */
	List<Announcement> after(long number);

}
