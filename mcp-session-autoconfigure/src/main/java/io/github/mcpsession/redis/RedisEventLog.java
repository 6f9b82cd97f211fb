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
import io.github.mcpsession.support.EndsInTime;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * An {@link EventLog} on Redis. The events of all streams of a session and the states of
 * calls' streams are one hash; a sorted set beside it has the order in which they are
 * dropped. Both end with the session, or earlier when nothing in them is to be kept any
 * longer. The state of a listening stream is a field of the session's own hash, and ends
 * with that.
 * <p>
 * Whatever a write drops was written once: no write depends on how much there is. What is
 * too old is looked for once a second at most, by writes.
 * <p>
 * Thread-safe: each method is one Lua script on the shared connection.
 *
 * @see RedisSessionStore
 */
public final class RedisEventLog implements EventLog, EndsInTime {

	private static final int STATE_SIZE = 7;

	private static final int POSITION_SIZE = 15;

	/**
	 * Between two looks for what is too old, in milliseconds.
	 */
	private static final long LONGEST_PAUSE = 1000;

	private final StringRedisTemplate redis;

	private final boolean endsInTime;

	private final RedisKeys keys;

	private final StreamLimits limits;

	private final long completedRetention;

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
		this.endsInTime = SessionRedisConnection.endsInTime(connectionFactory);
		this.keys = new RedisKeys(keyPrefix, namespace);
		this.limits = limits;
		this.completedRetention = Math.min(limits.retention().toMillis(), limits.completedRetention().toMillis());
		this.announcements = new RedisAnnouncements(this.redis, this.keys);
	}

	@Override
	public WriteResult write(String sessionId, StreamWrite write) {
		String message = write.message();
		boolean hasMessage = message != null;
		long rise = write.skipped() + (hasMessage ? 1 : 0);
		// Redis need not see what it is not to keep
		String kept = (message != null && this.limits.allows(message)) ? message : null;
		List<String> result = execute(RedisWriteScript.WRITE, sessionId, write.stream(), text(this.limits.maxEvents()),
				text(this.limits.maxBytes()), text(Math.min(LONGEST_PAUSE, this.completedRetention / 10)),
				text(write.owner()), text(write.requestId()), text(write.position()), text(rise),
				text(write.complete()), text(write.delivered()), text(hasMessage), text(kept));
		return result.isEmpty() ? WriteResult.GONE : new WriteResult(!result.get(0).isEmpty(),
				Long.parseLong(result.get(1)), nullIfEmpty(result.get(2)), Integer.parseInt(result.get(3)));
	}

	@Override
	public Optional<Replay> read(String sessionId, String stream, long after, int limit) {
		List<String> result = execute(RedisEventScripts.READ, sessionId, stream, text(this.limits.maxEvents()),
				text(after), text(limit));
		return state(result)
			.map((state) -> new Replay(state, result.stream().skip(STATE_SIZE).map(RedisEventLog::event).toList()));
	}

	private static LoggedEvent event(String text) {
		return new LoggedEvent(Long.parseLong(text.substring(0, POSITION_SIZE)), text.substring(POSITION_SIZE + 1));
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
	public boolean endsInTime() {
		return this.endsInTime;
	}

	@Override
	public List<Announcement> announcementsAfter(long number) {
		return this.announcements.after(number);
	}

	private List<String> execute(RedisScript<List<String>> script, String sessionId, String stream, String... more) {
		List<String> arguments = new ArrayList<>(
				List.of(stream, text(this.limits.retention().toMillis()), text(this.completedRetention)));
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
