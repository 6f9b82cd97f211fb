package io.github.mcpsession.redis;

import java.util.List;

import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * The atomic steps of {@link RedisNodeChannel}. Every key has a time to live that
 * heartbeats renew, so that nothing of a dead cluster stays.
 */
final class RedisNodeScripts {

	static final String NOW = """
			local time = redis.call('TIME')
			local now = time[1] * 1000 + math.floor(time[2] / 1000)
			""";

	/**
	 * Keys: nodes, joined, inbox. Arguments: node, timeout, time to live, up to where the
	 * inbox was read, empty if nothing was, and when the node expires as far as it knows,
	 * or 0. Also takes away what is no longer needed: entries of nodes that are long
	 * dead, and messages that were read. Returns when the node expires now, and first 2
	 * if it was alive until now, 1 if it was considered dead, or Redis has gone back to
	 * what it was before the last heartbeat, and 0 if Redis does not know it (any more),
	 * so that its inbox begins anew.
	 */
	@SuppressWarnings("rawtypes")
	static final RedisScript<List> HEARTBEAT = new DefaultRedisScript<>(NOW + """
			local expires = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
			local next = string.format('%.0f', now + ARGV[2])
			redis.call('ZADD', KEYS[1], next, ARGV[1])
			redis.call('HSETNX', KEYS[2], ARGV[1], string.format('%.0f', now))
			local old = string.format('%.0f', now - ARGV[3])
			for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', old)) do
				redis.call('HDEL', KEYS[2], dead)
			end
			redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', old)
			if ARGV[4] ~= '' then
				redis.call('XTRIM', KEYS[3], 'MINID', ARGV[4])
			end
			for i = 1, 3 do
				redis.call('PEXPIRE', KEYS[i], ARGV[3])
			end
			if expires == 0 then
				return { '0', next }
			end
			return { (expires > now and expires >= tonumber(ARGV[5])) and '2' or '1', next }
			""", List.class);

	/**
	 * Key: one that does not exist. Fails before Redis 6.2.
	 */
	static final RedisScript<Long> PROBE = new DefaultRedisScript<>("return redis.call('XTRIM', KEYS[1], 'MINID', '0')",
			Long.class);

	private static final String ADD = """
			local function add(inbox, message)
				redis.call('XADD', inbox, 'MAXLEN', '~', 10000, '*', 'message', message)
				redis.call('PEXPIRE', inbox, redis.call('PTTL', KEYS[1]))
			end
			""";

	/**
	 * Keys: nodes, inbox. Arguments: node, message. Returns whether the node is alive and
	 * got it.
	 */
	static final RedisScript<Boolean> SEND = new DefaultRedisScript<>(NOW + ADD + """
			local expires = redis.call('ZSCORE', KEYS[1], ARGV[1])
			if not expires or tonumber(expires) <= now then
				return 0
			end
			add(KEYS[2], ARGV[2])
			return 1
			""", Boolean.class);

	/**
	 * Keys: nodes, and what the keys of inboxes begin with, which is in the same slot as
	 * they are. Argument: message. Returns how many nodes are alive.
	 */
	static final RedisScript<Long> SEND_TO_ALL = new DefaultRedisScript<>(NOW + ADD + """
			local alive = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now), '+inf')
			for _, node in ipairs(alive) do
				add(KEYS[2] .. node, ARGV[1])
			end
			return #alive
			""", Long.class);

	/**
	 * Keys: nodes, joined, inbox. Argument: node. The last node takes the rest with it.
	 */
	static final RedisScript<Long> LEAVE = new DefaultRedisScript<>("""
			redis.call('ZREM', KEYS[1], ARGV[1])
			redis.call('HDEL', KEYS[2], ARGV[1])
			redis.call('DEL', KEYS[3])
			if redis.call('EXISTS', KEYS[1]) == 0 then
				redis.call('DEL', KEYS[2])
			end
			return 1
			""", Long.class);

	/**
	 * Keys: nodes, joined. Returns those that are alive, each with its age in
	 * milliseconds.
	 */
	@SuppressWarnings("rawtypes")
	static final RedisScript<List> NODES = new DefaultRedisScript<>(NOW + """
			local result = {}
			for _, node in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1],
					'(' .. string.format('%.0f', now), '+inf')) do
				local joined = tonumber(redis.call('HGET', KEYS[2], node) or now) or now
				result[#result + 1] = node
				result[#result + 1] = string.format('%.0f', math.max(0, now - joined))
			end
			return result
			""", List.class);

	/**
	 * Keys: nodes, joined. Argument: what becomes the secret if there is none. Returns
	 * the secret. It is a field beside those of nodes, and ends with them.
	 */
	static final RedisScript<String> SECRET = new DefaultRedisScript<>("""
			redis.call('HSETNX', KEYS[2], 'secret', ARGV[1])
			if redis.call('PTTL', KEYS[2]) < 0 then
				redis.call('PEXPIRE', KEYS[2], math.max(60000, redis.call('PTTL', KEYS[1])))
			end
			return redis.call('HGET', KEYS[2], 'secret')
			""", String.class);

	private RedisNodeScripts() {
	}

}
