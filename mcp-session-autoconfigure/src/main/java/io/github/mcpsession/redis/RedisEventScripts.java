package io.github.mcpsession.redis;

import java.util.List;

import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * The atomic steps of {@link RedisEventLog}. Keys of each: {@link RedisKeys#withLog}.
 * First arguments of each: stream, retention, retention of what finished streams leave.
 * An argument or a result that is empty is {@code null}; a session or stream that is not
 * there gives a result without elements.
 * <p>
 * The hash of the log has
 * <ul>
 * <li>{@code h}: until when something is to be kept, the time of the last write, how many
 * events, how many states and how many bytes of messages there are, and when to look next
 * for what is too old;
 * <li>{@code <stream>}: the state of the stream of a call;
 * <li>{@code <tag>.<number>}: an event, as 15 digits of its position, a space, and the
 * message. The tag is when the stream began; its events are numbered without gaps. As the
 * oldest are dropped first, those that are there are among the last so many.
 * </ul>
 * The sorted set has all of these but {@code h} in the order in which they are dropped:
 * rank times {@code R} and the time, in 10 us and never twice the same for two writes.
 * Ranks are 0 for the state and the events of finished streams, 1 for notifications, 2
 * for responses, 3 for states of complete streams and 4 for other states. The score of a
 * state of rank 3 or 4 is raised to when it was written only when its turn comes.
 * <p>
 * Positions have up to 15 digits, which a number in Lua keeps, but does not show.
 */
final class RedisEventScripts {

	private static final String STATES = """
			local life = redis.call('PTTL', KEYS[1])
			if life == -2 then
				return {}
			end
			local stream, retention, completed = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

			local function parse(text)
				local last, complete, delivered, announced, written, tag, count, owner, reader, request =
						string.match(text, '^(%d+) (%d) (%d+) (%d+) (%d+) (%d+) (%d+)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$')
				return { last = last, complete = complete == '1', delivered = delivered, announced = announced,
						written = tonumber(written), tag = tag, count = tonumber(count), owner = owner,
						reader = reader, request = request }
			end

			local function begin(owner, request)
				return { last = '0', complete = false, delivered = '0', announced = '0', written = now, tag = '0',
						count = 0, owner = owner, reader = '', request = request }
			end

			local function text(state)
				return string.format('%s %d %s %s %.0f %s %.0f\\n%s\\n%s\\n%s', state.last, state.complete and 1 or 0,
						state.delivered, state.announced, state.written, state.tag, state.count, state.owner,
						state.reader, state.request)
			end

			local function rank(state)
				if not state.complete then
					return 4
				end
				return tonumber(state.delivered) >= tonumber(state.last) and 0 or 3
			end

			local function expired(state)
				return state.owner ~= '' and state.written + (rank(state) == 0 and completed or retention) <= now
			end

			local function find()
				local found = redis.call('HGET', KEYS[2], stream) or redis.call('HGET', KEYS[1], 'stream:' .. stream)
				local state = found and parse(found)
				return state and not expired(state) and state
			end

			local function show(state)
				return { state.owner, state.request, state.last, state.complete and '1' or '', state.reader,
						state.delivered, state.announced }
			end
			""";

	private static final String CHANGES = """
			local R = 1e15

			local function item(state, number)
				return string.format('%s.%09.0f', state.tag, number)
			end

			-- give all events of a stream but the last so many another place in the order
			local function move(state, except, score)
				local items = { KEYS[3], 'XX' }
				local oldest = math.max(1, state.count - tonumber(ARGV[4]) + 1)
				for number = oldest, state.count - except do
					items[#items + 1] = score
					items[#items + 1] = item(state, number)
					if #items > 2000 then
						redis.call('ZADD', unpack(items))
						items = { KEYS[3], 'XX' }
					end
				end
				if #items > 2 then
					redis.call('ZADD', unpack(items))
				end
			end

			local function keep(till)
				local time = string.format('%.0f', life < 0 and till or math.min(till, now + life))
				redis.call('PEXPIREAT', KEYS[2], time)
				redis.call('PEXPIREAT', KEYS[3], time)
			end
			""";

	/**
	 * Further arguments: limits of number and of bytes, time until to look for what is
	 * too old, owner, request id, position, by how much the last position rises if that
	 * is 0, complete, delivered, whether there is a message, and the message, which is
	 * too large if it is not given. Returns whether it was written, the last position,
	 * the reader, and how many events were dropped to keep within the limits.
	 */
	static final RedisScript<List<String>> WRITE = script(
			CHANGES + """
					local max_events, max_bytes, owner = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[7]
					local position, complete, delivered = ARGV[9], ARGV[11] == '1', ARGV[12] == '1'
					local has_message, message = ARGV[13] == '1', ARGV[14] ~= '' and ARGV[14]
					local is_call = owner ~= ''
					local till, tick, events, states, bytes, check = now, 0, 0, 0, 0, 0
					local dropped = 0

					local function header()
						return string.format('%.0f %.0f %.0f %.0f %.0f %.0f', till, tick, events, states, bytes, check)
					end

					-- drop items between two scores, lowest first, until it is enough
					local function drop(from, to, enough)
						local items
						repeat
							items = redis.call('ZRANGEBYSCORE', KEYS[3], from, to, 'WITHSCORES', 'LIMIT', 0, 20)
							local gone = {}
							for i = 1, #items, 2 do
								if enough and enough() then
									break
								end
								local score = tonumber(items[i + 1])
								local class = math.floor(score / R)
								local text = class > 2 and redis.call('HGET', KEYS[2], items[i])
								local written = text and parse(text).written
								if written and class * R + written * 100 > score then
									redis.call('ZADD', KEYS[3], class * R + written * 100, items[i])
								else
									gone[#gone + 1] = items[i]
									if string.find(items[i], '.', 1, true) then
										events = events - 1
										bytes = bytes - redis.call('HSTRLEN', KEYS[2], items[i]) + 16
										if class > 0 and score - class * R > (now - retention) * 100 then
											dropped = dropped + 1
										end
									else
										states = states - 1
									end
								end
							end
							if #gone > 0 then
								redis.call('ZREM', KEYS[3], unpack(gone))
								redis.call('HDEL', KEYS[2], unpack(gone))
							end
						until #items == 0 or (enough and enough())
					end

					local function drop_old()
						for class = 0, 4 do
							local age = class == 0 and completed or retention
							drop(class * R, class * R + (now - age) * 100 + 99)
						end
						check = now + ARGV[6]
					end

					local function within_limits()
						return events <= max_events and bytes <= max_bytes
					end

					local function has_room()
						return states < max_events
					end

					-- what is there
					local found = redis.call('HMGET', KEYS[2], 'h', stream)
					local before = found[2]
					if found[1] then
						local numbers = {}
						for number in string.gmatch(found[1], '%d+') do
							numbers[#numbers + 1] = tonumber(number)
						end
						till, tick, events, states, bytes, check = unpack(numbers)
						if check <= now or (before and expired(parse(before))) then
							if redis.call('ZCARD', KEYS[3]) == events + states then
								drop_old()
								redis.call('HSET', KEYS[2], 'h', header())
								before = before and redis.call('HGET', KEYS[2], stream)
							else
								found[1] = false
							end
						end
					end
					if not found[1] then
						-- one of the two was evicted, or it begins
						redis.call('UNLINK', KEYS[2], KEYS[3])
						till, tick, events, states, bytes, check = now, 0, 0, 0, 0, now + ARGV[6]
						before = false
					end
					if not is_call then
						before = redis.call('HGET', KEYS[1], 'stream:' .. stream)
					end

					-- the state after this
					local state = before and parse(before) or begin(owner, ARGV[8])
					local last = state.last
					if position == '0' then
						last = string.format('%.0f', last + ARGV[10])
					elseif tonumber(last) < tonumber(position) then
						last = position
					end
					if has_message and (state.complete or last == state.last) then
						return { '', state.last, state.reader, '0' }
					end
					local was = before and rank(state)
					state.last, state.complete, state.written = last, state.complete or complete, now
					if delivered and not (is_call and has_message and state.reader ~= '') then
						state.delivered = last
					elseif is_call then
						state.delivered = '0'
					end
					local is = is_call and rank(state) or 1

					-- into the order
					tick = math.max(tick + 1, time[1] * 100000 + math.floor(time[2] / 10))
					local places = { KEYS[3] }
					if is_call and not before then
						drop('-inf', '(' .. R, has_room)
						drop(3 * R, '+inf', has_room)
						states = states + 1
					end
					if is_call and is ~= was then
						places[2], places[3] = is * R + tick, stream
					end
					if state.tag == '0' and (is_call or message) then
						state.tag = string.format('%.0f', tick)
					end
					local event
					if message then
						state.count = state.count + 1
						event = item(state, state.count)
						events, bytes = events + 1, bytes + #message
						local class = is == 0 and 0 or (is_call and complete and 2 or 1)
						places[#places + 1] = class * R + tick
						places[#places + 1] = event
					end
					if #places > 1 then
						redis.call('ZADD', unpack(places))
					end
					if was and is ~= was and (is == 0 or was == 0) then
						move(state, message and 1 or 0, (is == 0 and 0 or R) + tick)
						if was == 0 then
							redis.call('ZADD', KEYS[3], 'XX', 2 * R + tick, item(state, state.count))
						end
					end

					-- into the log
					if is ~= 0 then
						till = math.max(till, now + retention)
					elseif redis.call('ZCOUNT', KEYS[3], R, '+inf') == 0 then
						till = now + completed
					else
						till = math.max(till, now + completed)
					end
					if not is_call then
						redis.call('HSET', KEYS[1], 'stream:' .. stream, text(state))
						if event then
							redis.call('HSET', KEYS[2], 'h', header(), event, string.rep('0', 15 - #last) .. last .. ' ' .. message)
						end
					elseif event then
						redis.call('HSET', KEYS[2], 'h', header(), stream, text(state),
								event, string.rep('0', 15 - #last) .. last .. ' ' .. message)
					else
						redis.call('HSET', KEYS[2], 'h', header(), stream, text(state))
					end
					if event and not within_limits() then
						drop('-inf', '(' .. 3 * R, within_limits)
						redis.call('HSET', KEYS[2], 'h', header())
					end
					if is_call or event then
						keep(till)
					end
					if has_message and not message then
						dropped = dropped + 1
					end
					return { '1', last, state.reader, string.format('%.0f', dropped) }
					""");

	/**
	 * Further arguments: limit of number, after, limit. Returns the state, then of each
	 * event its position and message as one.
	 */
	static final RedisScript<List<String>> READ = script("""
			local max_events, after, limit = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
			local state = find()
			if not state then
				return {}
			end
			local result = show(state)
			local full = #result + limit
			-- positions rise by one at least, so this is not beyond the first to be found
			local number = math.max(1, state.count - max_events + 1, state.count - (state.last - after) + 1)
			while #result < full and number <= state.count do
				local names = {}
				for i = number, math.min(state.count, number + full - #result - 1, number + 99) do
					names[#names + 1] = string.format('%s.%09.0f', state.tag, i)
				end
				number = number + #names
				local events = redis.call('HMGET', KEYS[2], unpack(names))
				local scores = redis.call('ZMSCORE', KEYS[3], unpack(names))
				for i = 1, #names do
					if events[i] and scores[i] and tonumber(string.sub(events[i], 1, 15)) > after then
						local score = tonumber(scores[i])
						if math.floor(score % 1e15 / 100) + (score < 1e15 and completed or retention) > now then
							result[#result + 1] = events[i]
						end
					end
				end
			end
			return result
			""");

	/**
	 * Further arguments: limit of number, reader. Returns the state before.
	 */
	static final RedisScript<List<String>> SET_READER = script(CHANGES + """
			local state = find()
			if not state then
				return {}
			end
			local before = show(state)
			state.reader, state.written = ARGV[5], now
			if state.owner == '' then
				redis.call('HSET', KEYS[1], 'stream:' .. stream, text(state))
				return before
			end
			local time = retention
			if rank(state) == 0 then
				time = completed
				move(state, 0, now * 100)
				redis.call('ZADD', KEYS[3], 'XX', now * 100, stream)
			end
			local header = redis.call('HGET', KEYS[2], 'h')
			local till = math.max(tonumber(string.match(header, '^%d+')), now + time)
			redis.call('HSET', KEYS[2], stream, text(state),
					'h', (string.gsub(header, '^%d+', string.format('%.0f', till))))
			keep(till)
			return before
			""");

	/**
	 * Further arguments: position, announced. For listening streams.
	 */
	static final RedisScript<List<String>> DELIVERED = script("""
			local found = redis.call('HGET', KEYS[1], 'stream:' .. stream)
			local state = found and parse(found) or begin('', '')
			if tonumber(state.delivered) < tonumber(ARGV[4]) then
				state.delivered = ARGV[4]
			end
			if tonumber(state.announced) < tonumber(ARGV[5]) then
				state.announced = ARGV[5]
			end
			redis.call('HSET', KEYS[1], 'stream:' .. stream, text(state))
			return {}
			""");

	private RedisEventScripts() {
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static RedisScript<List<String>> script(String text) {
		return (RedisScript) new DefaultRedisScript<>(RedisNodeScripts.NOW + STATES + text, List.class);
	}

}
