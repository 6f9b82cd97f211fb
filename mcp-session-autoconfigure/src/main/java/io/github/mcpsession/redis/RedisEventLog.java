package io.github.mcpsession.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * An {@link EventLog} on Redis. The events of all streams of a session are one Redis
 * stream in the order in which they were written; their messages are in a hash beside it,
 * so that looking for events does not copy messages. The states of calls' streams are
 * another hash. These three end with the retention at the latest. The state of a
 * listening stream is a field of the session's own hash, and ends with that.
 * <p>
 * Which states are dropped to keep within the limit of their number is decided among some
 * few of them, picked at random, so that a call costs Redis the same however many there
 * are.
 * <p>
 * Thread-safe: each method is one Lua script on the shared connection.
 *
 * @see RedisSessionStore
 */
public final class RedisEventLog implements EventLog {

	private static final int STATE_SIZE = 7;

	private final StringRedisTemplate redis;

	private final RedisKeys keys;

	private final StreamLimits limits;

	private final RedisAnnouncements announcements;

	/**
	 * Create a log.
	 * @param connectionFactory where Redis is
	 * @param keyPrefix what all keys begin with
	 * @param namespace what tells the sessions of this application from those of others
	 * @param limits how much to keep
	 */
	public RedisEventLog(RedisConnectionFactory connectionFactory, String keyPrefix, String namespace,
			StreamLimits limits) {
		this.redis = new StringRedisTemplate(connectionFactory);
		this.keys = new RedisKeys(keyPrefix, namespace);
		this.limits = limits;
		this.announcements = new RedisAnnouncements(this.redis, this.keys);
	}

	@Override
	public WriteResult write(String sessionId, StreamWrite write) {
		String message = write.message();
		boolean hasMessage = message != null;
		long rise = write.skipped() + (hasMessage ? 1 : 0);
		// Redis need not see what it is not to keep
		String kept = (message != null && this.limits.allows(message)) ? message : null;
		List<String> result = execute(RedisEventScripts.WRITE, sessionId, write.stream(), text(write.owner()),
				text(write.requestId()), text(write.position()), text(rise), text(kept), text(write.complete()),
				text(write.delivered()), text(this.limits.maxEvents()), text(this.limits.maxBytes()), text(hasMessage));
		return result.isEmpty() ? WriteResult.GONE : new WriteResult(!result.get(0).isEmpty(),
				Long.parseLong(result.get(1)), nullIfEmpty(result.get(2)), Integer.parseInt(result.get(3)));
	}

	@Override
	public Optional<Replay> read(String sessionId, String stream, long after, int limit) {
		List<String> result = execute(RedisEventScripts.READ, sessionId, stream, text(after), text(limit));
		return state(result).map((state) -> {
			List<LoggedEvent> events = new ArrayList<>();
			for (int i = STATE_SIZE; i < result.size(); i += 2) {
				events.add(new LoggedEvent(Long.parseLong(result.get(i)), result.get(i + 1)));
			}
			return new Replay(state, events);
		});
	}

	@Override
	public Optional<StreamState> setReader(String sessionId, String stream, @Nullable String reader) {
		return state(execute(RedisEventScripts.SET_READER, sessionId, stream, text(reader)));
	}

	@Override
	public void delivered(String sessionId, String stream, long position, long announced) {
		execute(RedisEventScripts.DELIVERED, sessionId, stream, text(position), text(announced));
	}

	@Override
	public long announce(String topic, String message) {
		return this.announcements.announce(topic, message);
	}

	@Override
	public List<Announcement> announcementsAfter(long number) {
		return this.announcements.after(number);
	}

	private List<String> execute(RedisScript<List<String>> script, String sessionId, String stream, String... more) {
		List<String> arguments = new ArrayList<>(List.of(stream, text(this.limits.retention().toMillis())));
		arguments.addAll(List.of(more));
		List<String> result = this.redis.execute(script, this.keys.withLog(sessionId), arguments.toArray());
		return (result != null) ? result : List.of();
	}

	private static Optional<StreamState> state(List<String> result) {
		return result.isEmpty() ? Optional.empty()
				: Optional.of(new StreamState(nullIfEmpty(result.get(0)), nullIfEmpty(result.get(1)),
						Long.parseLong(result.get(2)), !result.get(3).isEmpty(), nullIfEmpty(result.get(4)),
						Long.parseLong(result.get(5)), Long.parseLong(result.get(6))));
	}

	private static @Nullable String nullIfEmpty(String text) {
		return text.isEmpty() ? null : text;
	}

	private static String text(@Nullable String value) {
		return (value != null) ? value : "";
	}

	private static String text(boolean value) {
		return value ? "1" : "";
	}

	private static String text(long value) {
		return Long.toString(Math.max(0, value));
	}

}
