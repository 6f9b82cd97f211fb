package io.github.mcpsession.redis;

import java.util.List;

import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * The atomic steps of {@link RedisEventLog}. Keys of each: {@link RedisKeys#withLog}.
 * First arguments of each: stream, retention. An argument or a result that is empty is
 * {@code null}; a session or stream that is not there gives a result without elements.
 * <p>
 * Positions have up to 15 digits, which a number in Lua keeps; in JSON they are text,
 * since it would write fewer.
 */
final class RedisEventScripts {

	private static final String STATES = """
			if redis.call('EXISTS', KEYS[1]) == 0 then
				return {}
			end
			local stream, retention = ARGV[1], tonumber(ARGV[2])

			local function read(text)
				local state = cjson.decode(text)
				local expired = state.owner and state.written + retention <= now
				return not expired and state or nil
			end

			local function find()
				local text = redis.call('HGET', KEYS[1], 'stream:' .. stream) or redis.call('HGET', KEYS[2], stream)
				return text and read(text)
			end

			local function begin(owner, request)
				return { owner = owner, request = request, last = '0', delivered = '0', announced = '0' }
			end

			local function save(state)
				state.written = string.format('%.0f', now)
				local text = cjson.encode(state)
				if not state.owner then
					redis.call('HSET', KEYS[1], 'stream:' .. stream, text)
					return
				end
				local begins = redis.call('HSET', KEYS[2], stream, text) == 1
				redis.call('PEXPIRE', KEYS[2], ARGV[2])
				return begins
			end

			local function show(state)
				return { state.owner or '', state.request or '', state.last, state.complete and '1' or '',
						state.reader or '', state.delivered, state.announced }
			end

			local function given(text)
				return text ~= '' and text or nil
			end
			""";

	/**
	 * Further arguments: owner, request id, position, by how much the last position rises
	 * if that is 0, message, complete, delivered, limits of number and of bytes, whether
	 * there is a message, which is too large if it is not given. Returns whether it was
	 * written, the last position, the reader, and how many events were dropped to keep
	 * within the limits.
	 * <p>
	 * A stream that begins makes room in the hash of states: of some that are picked at
	 * random those that are too old are deleted, and, if there are too many, those that
	 * are complete, oldest first; others only where the limit is exceeded by a tenth.
	 * <p>
	 * An event has two numbers for the place of its message in the sequence of all bytes,
	 * so that the first and the last event say how many bytes there are.
	 */
	static final RedisScript<List<String>> WRITE = script(
			"""
					local function trim(stop)
						local count, oldest = redis.call('XLEN', KEYS[3]), redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
						local dropped = 0
						while oldest and (count > tonumber(ARGV[10]) or stop - oldest[2][6] > tonumber(ARGV[11])
								or string.match(oldest[1], '%d+') + retention <= now) do
							if string.match(oldest[1], '%d+') + retention > now then
								dropped = dropped + 1
							end
							redis.call('XDEL', KEYS[3], oldest[1])
							redis.call('HDEL', KEYS[4], oldest[1])
							count = count - 1
							oldest = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
						end
						return dropped
					end

					local function append(position, message)
						local newest = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)[1]
						if not newest then
							redis.call('DEL', KEYS[4])
						end
						local start = newest and newest[2][8] or 0
						local stop = start + #message
						local id = redis.call('XADD', KEYS[3], '*', 'stream', stream, 'position', position,
								'start', start, 'stop', stop)
						redis.call('HSET', KEYS[4], id, message)
						local dropped = trim(stop)
						redis.call('PEXPIRE', KEYS[3], ARGV[2])
						redis.call('PEXPIRE', KEYS[4], ARGV[2])
						return dropped
					end

					local function prune(max)
						local over = redis.call('HLEN', KEYS[2]) - max
						local some = redis.call('HRANDFIELD', KEYS[2], over > 0 and 24 or 4, 'WITHVALUES')
						local others = {}
						for i = 1, #some, 2 do
							local state = read(some[i + 1])
							if not state then
								redis.call('HDEL', KEYS[2], some[i])
								over = over - 1
							elseif some[i] ~= stream then
								others[#others + 1] = { id = some[i], rank = (state.complete and 0 or 1e15) + state.written }
							end
						end
						table.sort(others, function(a, b) return a.rank < b.rank end)
						for i = 1, math.min(over, #others) do
							if others[i].rank < 1e15 or over - i >= math.floor(max / 10) then
								redis.call('HDEL', KEYS[2], others[i].id)
							end
						end
					end

					local position, message, has_message = ARGV[5], given(ARGV[7]), ARGV[12] == '1'
					local state = find() or begin(given(ARGV[3]), given(ARGV[4]))
					local last = state.last
					if position == '0' then
						last = string.format('%.0f', last + ARGV[6])
					elseif tonumber(last) < tonumber(position) then
						last = position
					end
					if has_message and (state.complete or last == state.last) then
						return { '', state.last, state.reader or '', '0' }
					end
					state.last = last
					state.complete = state.complete or ARGV[8] == '1'
					if ARGV[9] == '1' then
						state.delivered = last
					end
					if save(state) then
						prune(tonumber(ARGV[10]))
					end
					local dropped = message and append(last, message) or (has_message and 1 or 0)
					return { '1', last, state.reader or '', string.format('%.0f', dropped) }
					""");

	/**
	 * Further arguments: after, limit. Returns the state, then of each event the position
	 * and the message. Looks from the end on, as most who read have most.
	 */
	static final RedisScript<List<String>> READ = script("""
			local after, limit = tonumber(ARGV[3]), tonumber(ARGV[4])
			local state = find()
			if not state then
				return {}
			end
			local result = show(state)
			if limit == 0 or after >= tonumber(state.last) then
				return result
			end
			local events = {}
			local oldest, newest = string.format('%.0f', now - retention + 1), '+'
			while newest do
				local chunk = redis.call('XREVRANGE', KEYS[3], newest, oldest, 'COUNT', 50)
				newest = chunk[50] and '(' .. chunk[50][1]
				for _, event in ipairs(chunk) do
					if event[2][2] == stream then
						if after >= tonumber(event[2][4]) then
							newest = nil
							break
						end
						events[#events + 1] = event
					end
				end
			end
			for i = #events, math.max(1, #events - limit + 1), -1 do
				local message = redis.call('HGET', KEYS[4], events[i][1])
				if message then
					result[#result + 1] = events[i][2][4]
					result[#result + 1] = message
				end
			end
			return result
			""");

	/**
	 * Further argument: reader. Returns the state before.
	 */
	static final RedisScript<List<String>> SET_READER = script("""
			local state = find()
			if not state then
				return {}
			end
			local before = show(state)
			state.reader = given(ARGV[3])
			save(state)
			return before
			""");

	/**
	 * Further arguments: position, announced.
	 */
	static final RedisScript<List<String>> DELIVERED = script("""
			local state = find() or begin()
			if tonumber(state.delivered) < tonumber(ARGV[3]) then
				state.delivered = ARGV[3]
			end
			if tonumber(state.announced) < tonumber(ARGV[4]) then
				state.announced = ARGV[4]
			end
			save(state)
			return {}
			""");

	private RedisEventScripts() {
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static RedisScript<List<String>> script(String text) {
		return (RedisScript) new DefaultRedisScript<>(RedisNodeScripts.NOW + STATES + text, List.class);
	}

}
