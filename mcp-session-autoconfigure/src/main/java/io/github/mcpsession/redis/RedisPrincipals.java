package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.List;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * Which sessions each principal has: a sorted set per principal, by when they expire. On
 * a Redis Cluster it is in another slot than the sessions, so it is changed after them,
 * in a step of its own. If that fails, or the set is lost, a session is not counted until
 * it is touched, or is counted until it would have expired.
 * <p>
 * A principal is known by the hash of its name, which is also kept with the session, so
 * that whoever touches or deletes that need not know it.
 */
final class RedisPrincipals {

	private static final Logger logger = LoggerFactory.getLogger(RedisPrincipals.class);

	private static final RedisScript<Long> ADD = script(RedisNodeScripts.NOW + """
			redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
			local added = redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
			if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
				redis.call('PEXPIRE', KEYS[1], ARGV[2])
			end
			return added
			""");

	private static final RedisScript<Long> REMOVE = script("return redis.call('ZREM', KEYS[1], ARGV[1])");

	private static final RedisScript<Long> COUNT = script(RedisNodeScripts.NOW + """
			return redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now), '+inf')
			""");

	private final StringRedisTemplate redis;

	private final RedisKeys keys;

	RedisPrincipals(StringRedisTemplate redis, RedisKeys keys) {
		this.redis = redis;
		this.keys = keys;
	}

	/**
	 * Note a session.
	 * @return whether it was not counted before
	 */
	boolean add(String principalHash, String sessionId, Duration life) {
		return execute(ADD, principalHash, sessionId, Long.toString(life.toMillis())) == 1;
	}

	/**
	 * Note that a session lives longer, if it still does.
	 */
	void renew(String principalHash, String sessionId, Duration life) {
		attempt(() -> {
			boolean added = add(principalHash, sessionId, life);
			// deleted since it was touched, and removed before it was put here?
			if (added && !Boolean.TRUE.equals(this.redis.hasKey(this.keys.session(sessionId)))) {
				execute(REMOVE, principalHash, sessionId);
			}
		});
	}

	void remove(String principalHash, String sessionId) {
		attempt(() -> execute(REMOVE, principalHash, sessionId));
	}

	/**
	 * What was done to the session is done, so its caller must not be told otherwise.
	 */
	private static void attempt(Runnable change) {
		try {
			change.run();
		}
		catch (DataAccessException ex) {
			logger.debug("The session count of a principal is temporarily inaccurate", ex);
		}
	}

	int count(String principalHash) {
		return Math.toIntExact(execute(COUNT, principalHash));
	}

	private long execute(RedisScript<Long> script, String principalHash, Object... arguments) {
		Long result = this.redis.execute(script, List.of(this.keys.principal(principalHash)), arguments);
		return (result != null) ? result : 0;
	}

	private static RedisScript<Long> script(String text) {
		return new DefaultRedisScript<>(text, Long.class);
	}

}
