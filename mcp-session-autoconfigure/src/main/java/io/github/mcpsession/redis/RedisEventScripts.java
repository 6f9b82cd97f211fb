package io.github.mcpsession.redis;

import java.util.List;

import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * The atomic steps of {@link RedisEventLog}, but {@link RedisWriteScript}. Keys of each:
 * {@link RedisKeys#withLog}. First arguments of each: stream, retention, retention of
 * what finished streams leave. An argument or a result that is empty is {@code null}; a
 * session or stream that is not there gives a result without elements.
 * <p>
 * The hash of the log has
 * <ul>
 * <li>{@code h}: until when something is to be kept, how many streams are not finished,
 * when something was last written to a listening stream, the last tick, how many events,
 * how many states and how many bytes of messages there are, and when to look next for
 * what is too old;
 * <li>{@code <stream>}: the state of the stream of a call;
 * <li>{@code <tag>.<number>}: an event, as 15 digits of its position, a space, and the
 * message. The tag is the tick at which the stream began; its events are numbered without
 * gaps. As the oldest are dropped first, those that are there are among the last so many.
 * </ul>
 * The sorted set has all of these but {@code h} in the order in which they are dropped:
 * rank times {@code R} and the tick. Ranks are 0 for states of finished streams, with
 * which their events go, 0.5 for those whose events were dropped, 1 for notifications, 2
 * for responses, 3 for states of complete streams and 4 for other states. The score of a
 * state of rank 3 or 4 is raised to when it was written only when its turn comes. A tick
 * is a tenth of a millisecond, and no two writes have the same.
 * <p>
 * Numbers in Lua keep the 15 digits that a position may have, but show 14, which times
 * and ticks have.
 */
final class RedisEventScripts {

	private static final String SESSION = """
			local life = redis.call('PTTL', KEYS[1])
			if life == -2 then
				return {}
			end
			local stream, retention, completed = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
			""";

	private static final String STATE = """
			local state, is_call = {}, true
			local text = redis.call('HGET', KEYS[2], stream)
			if not text then
				is_call, text = false, redis.call('HGET', KEYS[1], 'stream:' .. stream)
			end
			if text then
				state.last, state.complete, state.delivered, state.reader, state.count, state.tag, state.written,
						state.announced, state.owner, state.request = cmsgpack.unpack(text)
			end
			local is_finished = is_call and text and state.complete and state.delivered >= state.last
			local kept = is_finished and completed or retention
			if not text or (is_call and state.written + kept <= now) then
				return {}
			end
			local shown = { state.owner, state.request, string.format('%.0f', state.last), state.complete and '1' or '',
					state.reader, string.format('%.0f', state.delivered), string.format('%.0f', state.announced) }
			""";

	/**
	 * Further arguments: limit of number, after, limit. Returns the state, then of each
	 * event its position and message as one.
	 */
	static final RedisScript<List<String>> READ = script(STATE + """
			local max_events, after, limit = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
			local full = #shown + limit
			-- positions rise by one at least, so this is not beyond the first to be found
			local number = math.max(1, state.count - max_events + 1, state.count - (state.last - after) + 1)
			while #shown < full and number <= state.count do
				local names = {}
				for i = number, math.min(state.count, number + full - #shown - 1, number + 99) do
					names[#names + 1] = state.tag .. '.' .. i
				end
				number = number + #names
				local events = redis.call('HMGET', KEYS[2], unpack(names))
				local scores = redis.call('ZMSCORE', KEYS[3], unpack(names))
				for i = 1, #names do
					if events[i] and scores[i] and tonumber(string.sub(events[i], 1, 15)) > after
							and scores[i] % 1e14 > (now - retention) * 10 then
						shown[#shown + 1] = events[i]
					end
				end
			end
			return shown
			""");

	/**
	 * Further argument: reader. Returns the state before.
	 */
	static final RedisScript<List<String>> SET_READER = script(
			STATE + """
					local text = cmsgpack.pack(state.last, state.complete, state.delivered, ARGV[4], state.count, state.tag, now,
							state.announced, state.owner, state.request)
					if not is_call then
						redis.call('HSET', KEYS[1], 'stream:' .. stream, text)
						return shown
					end
					redis.call('HSET', KEYS[2], stream, text)
					if is_finished then
						redis.call('ZADD', KEYS[3], now * 10, stream)
					end
					local header = { cmsgpack.unpack(redis.call('HGET', KEYS[2], 'h')) }
					if now + kept > header[1] then
						header[1] = now + kept
						redis.call('HSET', KEYS[2], 'h', cmsgpack.pack(unpack(header)))
						local time = string.format('%.0f', life < 0 and header[1] or math.min(header[1], now + life))
						redis.call('PEXPIREAT', KEYS[2], time)
						redis.call('PEXPIREAT', KEYS[3], time)
					end
					return shown
					""");

	/**
	 * Further arguments: position, announced. For listening streams.
	 */
	static final RedisScript<List<String>> DELIVERED = script("""
			local text = redis.call('HGET', KEYS[1], 'stream:' .. stream)
			local last, complete, delivered, reader, count, tag, written, announced = 0, false, 0, '', 0, 0, 0, 0
			if text then
				last, complete, delivered, reader, count, tag, written, announced = cmsgpack.unpack(text)
			end
			redis.call('HSET', KEYS[1], 'stream:' .. stream, cmsgpack.pack(last, complete,
					math.max(delivered, tonumber(ARGV[4])), reader, count, tag, now,
					math.max(announced, tonumber(ARGV[5])), '', ''))
			return {}
			""");

	private RedisEventScripts() {
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	static RedisScript<List<String>> script(String text) {
		return (RedisScript) new DefaultRedisScript<>(RedisNodeScripts.NOW + SESSION + text, List.class);
	}

}
