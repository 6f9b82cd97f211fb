package io.github.mcpsession.redis;

import java.util.List;

import org.springframework.data.redis.core.script.RedisScript;

/**
 * The atomic step that writes to a stream, on the keys that {@link RedisEventScripts} has
 * described. It is what Redis does most of all for a call, so it has no functions on its
 * way unless something is to be dropped.
 */
final class RedisWriteScript {

	/**
	 * Further arguments: limits of number and of bytes, time until to look for what is
	 * too old, owner, request id, position, by how much the last position rises if that
	 * is 0, complete, delivered, whether there is a message, and the message, which is
	 * too large if it is not given. Returns whether it was written, the last position,
	 * the reader, and how many events were dropped to keep within the limits.
	 */
	static final RedisScript<List<String>> WRITE = RedisEventScripts
		.script("""
				local R = 1e14
				local max_events, max_bytes, pause = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
				local is_call, position, ends = ARGV[7] ~= '', tonumber(ARGV[9]), ARGV[11] == '1'
				local has_message, message = ARGV[13] == '1', ARGV[14] ~= '' and ARGV[14]

				-- what there is
				local found = redis.call('HMGET', KEYS[2], 'h', stream)
				local till, open, heard, tick, events, states, bytes, check
				if found[1] then
					till, open, heard, tick, events, states, bytes, check = cmsgpack.unpack(found[1])
				end
				if not found[1] or (check <= now and redis.call('ZCARD', KEYS[3]) ~= events + states) then
					-- it begins, or one of the two was evicted
					redis.call('UNLINK', KEYS[2], KEYS[3])
					till, open, heard, tick, events, states, bytes, check = now, 0, 0, 0, 0, 0, 0, now + pause
					found[2] = false
				end
				local text = found[2]
				if not is_call then
					text = redis.call('HGET', KEYS[1], 'stream:' .. stream)
				end
				local last, complete, delivered, reader, count, tag, written, announced, owner, request
				local was, begins = 0, true
				if text then
					last, complete, delivered, reader, count, tag, written, announced, owner, request = cmsgpack.unpack(text)
					was = complete and (delivered >= last and 0 or 3) or 4
					begins = is_call and written + (was == 0 and completed or retention) <= now
				end
				if begins then
					last, complete, delivered, reader, count, tag = 0, false, 0, '', 0, 0
					announced, owner, request = 0, ARGV[7], ARGV[8]
				end

				-- what there is then
				local before = last
				if position == 0 then
					last = last + ARGV[10]
				elseif last < position then
					last = position
				end
				local shown = string.format('%.0f', last)
				if has_message and (complete or last == before) then
					return { '', string.format('%.0f', before), reader, '0' }
				end
				complete = complete or ends
				if ARGV[12] == '1' and not (is_call and has_message and reader ~= '') then
					delivered = last
				elseif is_call then
					delivered = 0
				end
				local is = complete and (delivered >= last and 0 or 3) or 4
				tick = math.max(tick + 1, now * 10 + math.floor(time[2] % 1000 / 100))
				local places, fields = { KEYS[3] }, { KEYS[2], 'h', '' }
				if message then
					if tag == 0 then
						tag = tick
					end
					count = count + 1
					fields[4], fields[5] = tag .. '.' .. count, string.rep('0', 15 - #shown) .. shown .. ' ' .. message
					places[2], places[3] = (is_call and ends and 2 or 1) * R + tick, fields[4]
					events, bytes = events + 1, bytes + #message
				end
				local packed = cmsgpack.pack(last, complete, delivered, reader, count, tag, now, announced, owner, request)
				local needed = now + retention
				if is_call then
					open = open + (is > 0 and 1 or 0) - (was > 0 and 1 or 0)
					states = states + (text and 0 or 1)
					fields[#fields + 1] = stream
					fields[#fields + 1] = packed
					if begins or is ~= was then
						places[#places + 1] = is * R + tick
						places[#places + 1] = stream
					end
					if is == 0 then
						needed = math.max(now + completed, open == 0 and heard + retention or 0)
					end
				else
					redis.call('HSET', KEYS[1], 'stream:' .. stream, packed)
					if not message then
						return { '1', shown, reader, has_message and '1' or '0' }
					end
					heard = now
				end
				local moves = needed > till or (is_call and is == 0 and open == 0)
				if moves then
					-- a little longer, so that this is not done for each of many
					till = math.floor(needed + (open > 0 and retention / 10 or 0))
				end
				fields[3] = cmsgpack.pack(till, open, heard, tick, events, states, bytes, check)
				redis.call('HSET', unpack(fields))
				if #places > 1 then
					redis.call('ZADD', unpack(places))
				end
				if moves then
					local time = string.format('%.0f', life < 0 and till or math.min(till, now + life))
					redis.call('PEXPIREAT', KEYS[2], time)
					redis.call('PEXPIREAT', KEYS[3], time)
				end
				local dropped = has_message and not message and 1 or 0
				if check > now and events <= max_events and bytes <= max_bytes and states <= max_events then
					return { '1', shown, reader, dropped .. '' }
				end

				-- what is to be dropped
				local function forget(items)
					redis.call('ZREM', KEYS[3], unpack(items))
					redis.call('HDEL', KEYS[2], unpack(items))
				end

				local function uncount(event)
					local size = redis.call('HSTRLEN', KEYS[2], event)
					if size > 0 then
						events, bytes = events - 1, bytes - size + 16
					end
					return size > 0
				end

				local function drop(item, score, keeps_state)
					local rank = math.floor(score / R)
					if rank == 1 or rank == 2 then
						uncount(item)
						forget({ item })
						dropped = dropped + (score - rank * R > (now - retention) * 10 and 1 or 0)
						return
					end
					local text = redis.call('HGET', KEYS[2], item)
					local gone = { not keeps_state and item or nil }
					if text then
						local last, complete, delivered, reader, count, tag, written = cmsgpack.unpack(text)
						if rank > 0 and rank * R + written * 10 > score then
							redis.call('ZADD', KEYS[3], rank * R + written * 10, item)
							return
						end
						for number = math.max(1, count - max_events + 1), score < R / 2 and count or 0 do
							local event = tag .. '.' .. number
							if uncount(event) then
								gone[#gone + 1] = event
							end
							if #gone == 1000 then
								forget(gone)
								gone = {}
							end
						end
						if keeps_state then
							redis.call('ZADD', KEYS[3], R / 2 + score, item)
						else
							states, open = states - 1, open - (rank == 0 and 0 or 1)
						end
					end
					if #gone > 0 then
						forget(gone)
					end
				end

				local function first(from, to, offset)
					local items = redis.call('ZRANGEBYSCORE', KEYS[3], from, to, 'WITHSCORES', 'LIMIT', offset, 1)
					return items[1], tonumber(items[2])
				end

				if check <= now then
					-- what is left over is for the next write
					local left = 50
					for _, rank in ipairs({ 0, 0.5, 1, 2, 3, 4 }) do
						local oldest = rank * R + (now - (rank < 1 and completed or retention)) * 10 + 9
						local item, score = first(rank * R, oldest, 0)
						while item and left > 0 do
							left = left - 1
							drop(item, score)
							item, score = first(rank * R, oldest, 0)
						end
					end
					if left > 0 then
						check = now + pause
					end
				end
				while events > max_events or bytes > max_bytes do
					local item, score = first('-inf', '(' .. 3 * R, 0)
					if item and score >= R / 2 then
						item, score = first(R, '(' .. 3 * R, 0)
					end
					if not item then
						-- the order was evicted: the next write begins anew
						check = 0
						break
					end
					drop(item, score, true)
				end
				while states > max_events do
					local item, score = first(R / 2, '(' .. R, 0)
					if not item then
						item, score = first('-inf', '(' .. R, 0)
					end
					if not item then
						item, score = first(3 * R, '+inf', 0)
						if item == stream then
							item, score = first(3 * R, '+inf', 1)
						end
					end
					if not item then
						check = 0
						break
					end
					drop(item, score)
				end
				redis.call('HSET', KEYS[2], 'h', cmsgpack.pack(till, open, heard, tick, events, states, bytes, check))
				return { '1', shown, reader, dropped .. '' }
				""");

	private RedisWriteScript() {
	}

}
