package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * When sessions expire: Redis lets them go without a word, and some node has to say so. A
 * sorted set of their ids by the time, in the slot of what nodes share.
 * <p>
 * Thread-safe, on this node and across nodes: who removes an id from the set has it. A
 * session that lives longer than the set says is put back.
 */
final class RedisExpiries {

	private static final Logger logger = LoggerFactory.getLogger(RedisExpiries.class);

	private static final RedisScript<Long> PUT = new DefaultRedisScript<>("""
			local time = redis.call('TIME')
			local at = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
			return redis.call('ZADD', KEYS[1], string.format('%.0f', at), ARGV[1])
			""", Long.class);

	@SuppressWarnings("rawtypes")
	private static final RedisScript<List> TAKE = new DefaultRedisScript<>("""
			local time = redis.call('TIME')
			local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
			local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
			for _, id in ipairs(ids) do
				redis.call('ZREM', KEYS[1], id)
			end
			return ids
			""", List.class);

	private final StringRedisTemplate redis;

	private final RedisKeys keys;

	RedisExpiries(StringRedisTemplate redis, RedisKeys keys) {
		this.redis = redis;
		this.keys = keys;
	}

	/**
	 * A session lives for so long from now.
	 */
	void put(String sessionId, Duration life) {
		attempt(() -> this.redis.execute(PUT, List.of(this.keys.expiries()), sessionId,
				Long.toString(life.toMillis())));
	}

	void remove(String sessionId) {
		attempt(() -> this.redis.opsForZSet().remove(this.keys.expiries(), sessionId));
	}

	/**
	 * What was done to the session is done, so its caller must not be told otherwise.
	 */
	private static void attempt(Runnable change) {
		try {
			change.run();
		}
		catch (DataAccessException ex) {
			logger.debug("The end of a session may not be noticed", ex);
		}
	}

	/**
	 * Take sessions that have expired.
	 */
	List<String> take(int limit) {
		List<?> found = this.redis.execute(TAKE, List.of(this.keys.expiries()), Integer.toString(limit));
		List<String> taken = new ArrayList<>();
		for (Object id : (found != null) ? found : List.of()) {
			String sessionId = String.valueOf(id);
			Long left = this.redis.getExpire(this.keys.session(sessionId), TimeUnit.MILLISECONDS);
			if (left != null && left > 0) {
				put(sessionId, Duration.ofMillis(left));
			}
			else {
				taken.add(sessionId);
			}
		}
		return taken;
	}

}
