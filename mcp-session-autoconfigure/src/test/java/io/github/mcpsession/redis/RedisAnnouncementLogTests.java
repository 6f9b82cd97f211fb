package io.github.mcpsession.redis;

import java.util.Set;

import io.github.mcpsession.AnnouncementLogContract;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.AnnouncementLog;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;

class RedisAnnouncementLogTests extends AnnouncementLogContract {

	private static LettuceConnectionFactory connectionFactory;

	private static StringRedisTemplate redis;

	@BeforeAll
	static void connect() {
		connectionFactory = new LettuceConnectionFactory("127.0.0.1", TestServers.redisPort());
		connectionFactory.afterPropertiesSet();
		connectionFactory.start();
		redis = new StringRedisTemplate(connectionFactory);
	}

	@AfterAll
	static void disconnect() {
		connectionFactory.destroy();
	}

	@Override
	protected AnnouncementLog createLog(String namespace) {
		return new RedisAnnouncementLog(connectionFactory, "mcp:session", namespace);
	}

	private String key(String name) {
		return "mcp:session:" + this.namespace + ":{cluster}:" + name;
	}

	@Test
	void allKeysAreInOneSlotAndEndWithTheRetention() {
		this.log.announce("a", "1");
		Set<String> keys = redis.keys("*" + this.namespace + ":*");
		assertThat(keys).containsExactlyInAnyOrder(key("announcements"), key("announcement-numbers"));
		assertThat(keys).allSatisfy(
				(key) -> assertThat(redis.getExpire(key)).isBetween(86_300L, AnnouncementLog.RETENTION_HOURS * 3600L));
	}

	@Test
	void ofADroppedTopicNothingStays() {
		for (int i = 0; i < AnnouncementLog.MAX_TOPICS + 50; i++) {
			this.log.announce("topic " + i, "{}");
		}
		assertThat(redis.opsForHash().size(key("announcements"))).isEqualTo(AnnouncementLog.MAX_TOPICS);
		assertThat(redis.opsForZSet().size(key("announcement-numbers"))).isEqualTo(AnnouncementLog.MAX_TOPICS);
	}

	@Test
	void anOldAnnouncementIsForgotten() {
		this.log.announce("old", "1");
		redis.opsForZSet().add(key("announcement-numbers"), "old", System.currentTimeMillis() - 25 * 3_600_000L);
		long number = this.log.announce("new", "2");
		assertThat(this.log.after(0)).containsExactly(new Announcement(number, "new", "2"));
	}

	@Test
	void numbersRiseThoughTheClockOfTheServerWentBack() {
		this.log.announce("a", "1");
		long future = System.currentTimeMillis() + 3_600_000;
		redis.opsForZSet().add(key("announcement-numbers"), "a", future);
		assertThat(this.log.announce("a", "2")).isEqualTo(future + 1);
		assertThat(this.log.announce("b", "3")).isEqualTo(future + 2);
		assertThat(this.log.after(future)).containsExactly(new Announcement(future + 1, "a", "2"),
				new Announcement(future + 2, "b", "3"));
	}

}
