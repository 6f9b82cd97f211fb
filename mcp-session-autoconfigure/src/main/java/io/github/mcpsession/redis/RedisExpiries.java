package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

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
 * Changes are collected, and written when this node next takes what has expired, every
 * few seconds, or when they are many: what happens to sessions costs no round trip for
 * this. What a node that is killed had not written is made up for by whoever next touches
 * the session.
 * <p>
 * Thread-safe, on this node and across nodes: who removes an id from the set has it. A
 * session that lives longer than the set says is put back.
 */
final class RedisExpiries implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(RedisExpiries.class);

	private static final int MAX_CHANGES = 1000;

	private static final int CHANGES_AT_ONCE = 200;

	/**
	 * Arguments: of each session its id and for how long it lives, nothing if it ended.
	 */
	private static final RedisScript<Long> CHANGE = new DefaultRedisScript<>(RedisNodeScripts.NOW + """
			for i = 1, #ARGV, 2 do
				if ARGV[i + 1] == '' then
					redis.call('ZREM', KEYS[1], ARGV[i])
				else
					redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[i + 1]), ARGV[i])
				end
			end
			return 0
			""", Long.class);

	@SuppressWarnings("rawtypes")
	private static final RedisScript<List> TAKE = new DefaultRedisScript<>(RedisNodeScripts.NOW + """
			local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[1])
			for _, id in ipairs(ids) do
				redis.call('ZREM', KEYS[1], id)
			end
			return ids
			""", List.class);

	private final StringRedisTemplate redis;

	private final RedisKeys keys;

	private final Map<String, Change> changes = new ConcurrentHashMap<>();

	/**
	 * The end of a session: when by {@link System#nanoTime()}, or that it has ended.
	 */
	private record Change(long at, boolean ended) {

		String life() {
			return this.ended ? "" : Long.toString(TimeUnit.NANOSECONDS.toMillis(this.at - System.nanoTime()));
		}

	}

	RedisExpiries(StringRedisTemplate redis, RedisKeys keys) {
		this.redis = redis;
		this.keys = keys;
	}

	/**
	 * A session lives for so long from now.
	 */
	void put(String sessionId, Duration life) {
		add(sessionId, new Change(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(life.toMillis()), false));
	}

	void remove(String sessionId) {
		add(sessionId, new Change(0, true));
	}

	private void add(String sessionId, Change change) {
		this.changes.put(sessionId, change);
		if (this.changes.size() >= MAX_CHANGES) {
			write();
		}
	}

	/**
	 * What was done to the sessions is done, so their callers must not be told otherwise.
	 */
	private void write() {
		List<Map.Entry<String, Change>> due = new ArrayList<>();
		this.changes.forEach((sessionId, change) -> {
			if (this.changes.remove(sessionId, change)) {
				due.add(Map.entry(sessionId, change));
			}
		});
		try {
			while (!due.isEmpty()) {
				List<Map.Entry<String, Change>> some = due.subList(Math.max(0, due.size() - CHANGES_AT_ONCE),
						due.size());
				this.redis.execute(CHANGE, List.of(this.keys.expiries()),
						some.stream()
							.flatMap((change) -> Stream.of(change.getKey(), change.getValue().life()))
							.toArray());
				some.clear();
			}
		}
		catch (DataAccessException ex) {
			logger.debug("The ends of sessions are written later", ex);
			due.forEach((change) -> this.changes.putIfAbsent(change.getKey(), change.getValue()));
		}
	}

	/**
	 * Take sessions that have expired.
	 */
	List<String> take(int limit) {
		write();
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

	@Override
	public void close() {
		write();
	}

}
