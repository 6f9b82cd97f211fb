package io.github.mcpsession.redis;

import java.util.List;

import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * The atomic steps of {@link RedisNodeChannel}. Every key has a time to live that
 * heartbeats renew, so that nothing of a dead cluster stays. Messages are numbered across
 * streams, since the ids of different streams do not say which came first.
 */
final class RedisNodeScripts {

	static final String NOW = """
			local time = redis.call('TIME')
			local now = time[1] * 1000 + math.floor(time[2] / 1000)
			""";

	/**
	 * Keys: nodes, all, counter, inbox, joined. Arguments: node, timeout, time to live,
	 * and up to where the inbox was read, empty if the node is about to join. Also takes
	 * away what is no longer needed: entries of nodes that are long dead, and messages
	 * that were read. Returns two texts: one that is not empty if the node was alive
	 * until now; and the last id of the stream for all if the node joined, which it also
	 * does if Redis does not know it (any more), else an empty one.
	 */
	@SuppressWarnings("rawtypes")
	static final RedisScript<List> HEARTBEAT = new DefaultRedisScript<>(NOW + """
			local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
			local alive = (known and tonumber(known) > now) and 'alive' or ''
			redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
			redis.call('HSETNX', KEYS[5], ARGV[1], string.format('%.0f', now))
			local old = string.format('%.0f', now - ARGV[3])
			for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', old)) do
				redis.call('HDEL', KEYS[5], dead)
			end
			redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', old)
			redis.call('XTRIM', KEYS[2], 'MINID', '~', old)
			if ARGV[4] ~= '' then
				redis.call('XTRIM', KEYS[4], 'MINID', ARGV[4])
			end
			for i = 1, 5 do
				redis.call('PEXPIRE', KEYS[i], ARGV[3])
			end
			if known and ARGV[4] ~= '' then
				return { alive, '' }
			end
			local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)
			return { alive, last[1] and last[1][1] or '0-0' }
			""", List.class);

	/**
	 * Keys: nodes, counter, inbox. Arguments: node, message. Returns whether the node is
	 * alive and got it.
	 */
	static final RedisScript<Boolean> SEND = new DefaultRedisScript<>(NOW + """
			local expires = redis.call('ZSCORE', KEYS[1], ARGV[1])
			if not expires or tonumber(expires) <= now then
				return 0
			end
			local number = redis.call('INCR', KEYS[2])
			redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'number', number, 'message', ARGV[2])
			local ttl = redis.call('PTTL', KEYS[1])
			redis.call('PEXPIRE', KEYS[2], ttl)
			redis.call('PEXPIRE', KEYS[3], ttl)
			return 1
			""", Boolean.class);

	/**
	 * Keys: nodes, counter, all. Argument: message. Returns how many nodes are alive.
	 */
	static final RedisScript<Long> SEND_TO_ALL = new DefaultRedisScript<>(NOW + """
			local alive = redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now), '+inf')
			if alive == 0 then
				return 0
			end
			local number = redis.call('INCR', KEYS[2])
			redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'number', number, 'message', ARGV[1])
			local ttl = redis.call('PTTL', KEYS[1])
			redis.call('PEXPIRE', KEYS[2], ttl)
			redis.call('PEXPIRE', KEYS[3], ttl)
			return alive
			""", Long.class);

	/**
	 * Keys: nodes, all, counter, inbox, joined. Argument: node. The last node takes the
	 * rest with it.
	 */
	static final RedisScript<Long> LEAVE = new DefaultRedisScript<>("""
			redis.call('ZREM', KEYS[1], ARGV[1])
			redis.call('DEL', KEYS[4])
			redis.call('HDEL', KEYS[5], ARGV[1])
			if redis.call('EXISTS', KEYS[1]) == 0 then
				redis.call('DEL', KEYS[2], KEYS[3], KEYS[5])
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
