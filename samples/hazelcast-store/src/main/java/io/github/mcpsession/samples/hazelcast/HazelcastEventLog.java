package io.github.mcpsession.samples.hazelcast;

import java.io.Serializable;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import io.github.mcpsession.ExpiryCleaner;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import org.jspecify.annotations.Nullable;

/**
 * Streams in the entries of their sessions, so that they end with these, and the
 * announcements of an application in one entry. Thread-safe.
 */
final class HazelcastEventLog implements EventLog, ExpiryCleaner {

	private final HazelcastInstance hazelcast;

	private final IMap<String, StoredSession> sessions;

	private final IMap<String, Announcements> announcements;

	private final String namespace;

	private final StreamLimits limits;

	HazelcastEventLog(HazelcastInstance hazelcast, String namespace, StreamLimits limits) {
		this.hazelcast = hazelcast;
		this.sessions = hazelcast.getMap(HazelcastSessionStore.mapName(namespace));
		this.announcements = hazelcast.getMap("mcp-announcements");
		this.namespace = namespace;
		this.limits = limits;
	}

	private <T> T call(String sessionId, T ifGone, Call<T> call) {
		long now = this.hazelcast.getCluster().getClusterTime();
		StreamLimits limits = this.limits;
		return this.sessions.executeOnKey(sessionId, (entry) -> {
			StoredSession session = entry.getValue();
			if (!StoredSession.isLive(session, now)) {
				return ifGone;
			}
			T result = call.on(session.streams, limits, now);
			entry.setValue(session);
			return result;
		});
	}

	@Override
	public WriteResult write(String sessionId, StreamWrite write) {
		boolean kept = write.message() == null || this.limits.allows(write.message());
		return call(sessionId, WriteResult.GONE, (streams, limits, now) -> streams.write(write, kept, limits, now));
	}

	@Override
	public Optional<Replay> read(String sessionId, String stream, long after, int limit) {
		return Optional.ofNullable(
				call(sessionId, null, (streams, limits, now) -> streams.read(stream, after, limit, limits, now)));
	}

	@Override
	public Optional<StreamState> setReader(String sessionId, String stream, @Nullable String reader) {
		return Optional.ofNullable(
				call(sessionId, null, (streams, limits, now) -> streams.setReader(stream, reader, limits, now)));
	}

	@Override
	public void delivered(String sessionId, String stream, long position, long announced) {
		call(sessionId, false, (streams, limits, now) -> {
			streams.delivered(stream, position, announced, now);
			return true;
		});
	}

	/**
	 * Looks at every session.
	 */
	@Override
	public int deleteExpired(int limit) {
		long now = this.hazelcast.getCluster().getClusterTime();
		StreamLimits limits = this.limits;
		this.sessions.executeOnEntries((entry) -> {
			entry.getValue().streams.dropOld(limits, now);
			entry.setValue(entry.getValue());
			return null;
		});
		return 0;
	}

	@Override
	public long announce(String topic, String message) {
		long now = this.hazelcast.getCluster().getClusterTime();
		return this.announcements.executeOnKey(this.namespace, (entry) -> {
			Announcements all = (entry.getValue() != null) ? entry.getValue() : new Announcements();
			long number = all.add(topic, message, now);
			entry.setValue(all);
			return number;
		});
	}

	@Override
	public List<Announcement> announcementsAfter(long number) {
		long from = this.hazelcast.getCluster().getClusterTime() - Duration.ofHours(TOPIC_HOURS).toMillis();
		long after = Math.max(number, from);
		return this.announcements.executeOnKey(this.namespace,
				(entry) -> (entry.getValue() != null) ? entry.getValue().after(after) : List.of());
	}

	/**
	 * What is done with the streams of a live session.
	 */
	private interface Call<T> extends Serializable {

		T on(StoredStreams streams, StreamLimits limits, long now);

	}

	/**
	 * The last announcement of each topic.
	 */
	static final class Announcements implements Serializable {

		private static final long serialVersionUID = 1;

		private final Map<String, Announcement> topics = new LinkedHashMap<>();

		private long last;

		long add(String topic, String message, long now) {
			this.last = Math.max(now, this.last + 1);
			this.topics.remove(topic);
			this.topics.put(topic, new Announcement(this.last, topic, message));
			if (this.topics.size() > MAX_TOPICS) {
				this.topics.remove(this.topics.keySet().iterator().next());
			}
			return this.last;
		}

		List<Announcement> after(long number) {
			return this.topics.values().stream().filter((announcement) -> announcement.number() > number).toList();
		}

	}

}
