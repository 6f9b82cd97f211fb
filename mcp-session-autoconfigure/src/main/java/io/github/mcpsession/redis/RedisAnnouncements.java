package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;

import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.util.Assert;

/**
 * The announcements of {@link RedisEventLog}: the numbers of topics in a sorted set,
 * their messages in a hash. Both end when nothing was announced for as long as is kept.
 * <p>
 * Thread-safe: each method is one Lua script on the shared connection.
 */
final class RedisAnnouncements {

	private static final RedisScript<Long> ANNOUNCE = new DefaultRedisScript<>(RedisNodeScripts.NOW + """
			local highest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2] or 0
			local number = string.format('%.0f', math.max(now, highest + 1))
			redis.call('ZADD', KEYS[1], number, ARGV[1])
			redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
			while redis.call('ZCARD', KEYS[1]) > tonumber(ARGV[4]) do
				redis.call('HDEL', KEYS[2], redis.call('ZPOPMIN', KEYS[1])[1])
			end
			redis.call('PEXPIRE', KEYS[1], ARGV[3])
			redis.call('PEXPIRE', KEYS[2], ARGV[3])
			return tonumber(number)
			""", Long.class);

	@SuppressWarnings("rawtypes")
	private static final RedisScript<List> AFTER = new DefaultRedisScript<>(RedisNodeScripts.NOW + """
			local number = string.format('%.0f', math.max(ARGV[1], now - ARGV[2]))
			local found = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. number, '+inf', 'WITHSCORES')
			local result = {}
			for i = 1, #found, 2 do
				local message = redis.call('HGET', KEYS[2], found[i])
				if message then
					result[#result + 1] = string.format('%.0f', found[i + 1])
					result[#result + 1] = found[i]
					result[#result + 1] = message
				end
			end
			return result
			""", List.class);

	private static final String RETENTION = Long.toString(Duration.ofHours(EventLog.TOPIC_HOURS).toMillis());

	private final StringRedisTemplate redis;

	private final List<String> keys;

	RedisAnnouncements(StringRedisTemplate redis, RedisKeys keys) {
		this.redis = redis;
		this.keys = List.of(keys.announcementNumbers(), keys.announcements());
	}

	long announce(String topic, String message) {
		Long number = this.redis.execute(ANNOUNCE, this.keys, topic, message, RETENTION,
				Integer.toString(EventLog.MAX_TOPICS));
		Assert.state(number != null, "Redis returned no number");
		return number;
	}

	@SuppressWarnings("unchecked")
	List<Announcement> after(long number) {
		List<String> found = this.redis.execute(AFTER, this.keys, Long.toString(number), RETENTION);
		List<Announcement> announcements = new ArrayList<>();
		for (int i = 0; found != null && i < found.size(); i += 3) {
			announcements.add(new Announcement(Long.parseLong(found.get(i)), found.get(i + 1), found.get(i + 2)));
		}
		return announcements;
	}

}
