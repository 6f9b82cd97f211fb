package io.github.mcpsession.redis;

import java.util.Set;

import io.github.mcpsession.contract.AnnouncementLogContract;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.AnnouncementLog;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The contract on a Redis.
 */
@OnBackends({ Backend.REDIS, Backend.REDIS_RESTRICTED, Backend.REDIS_CLUSTER })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisAnnouncementLogTests extends AnnouncementLogContract {

	@Parameter
	private Backend backend;

	private RedisTestConnection connection;

	private LettuceConnectionFactory connectionFactory;

	private StringRedisTemplate redis;

	@BeforeParameterizedClassInvocation
	void openConnection() {
		this.connection = RedisTestConnection.to(this.backend);
		this.connectionFactory = this.connection.sessions();
		this.redis = this.connection.template();
	}

	@AfterParameterizedClassInvocation
	void closeConnection() {
		this.connection.close();
	}

	@Override
	protected AnnouncementLog createLog(String namespace) {
		return new RedisAnnouncementLog(this.connectionFactory, "mcp:session", namespace);
	}

	private String key(String name) {
		return "mcp:session:" + this.namespace + ":{cluster}:" + name;
	}

	@Test
	void allKeysAreInOneSlotAndEndWithTheRetention() {
		this.log.announce("a", "1");
		Set<String> keys = this.redis.keys("*" + this.namespace + ":*");
		assertThat(keys).containsExactlyInAnyOrder(key("announcements"), key("announcement-numbers"));
		assertThat(keys).allSatisfy((key) -> assertThat(this.redis.getExpire(key)).isBetween(86_300L,
				AnnouncementLog.RETENTION_HOURS * 3600L));
	}

	@Test
	void ofADroppedTopicNothingStays() {
		for (int i = 0; i < AnnouncementLog.MAX_TOPICS + 50; i++) {
			this.log.announce("topic " + i, "{}");
		}
		assertThat(this.redis.opsForHash().size(key("announcements"))).isEqualTo(AnnouncementLog.MAX_TOPICS);
		assertThat(this.redis.opsForZSet().size(key("announcement-numbers"))).isEqualTo(AnnouncementLog.MAX_TOPICS);
	}

	@Test
	void anOldAnnouncementIsForgotten() {
		this.log.announce("old", "1");
		this.redis.opsForZSet().add(key("announcement-numbers"), "old", System.currentTimeMillis() - 25 * 3_600_000L);
		long number = this.log.announce("new", "2");
		assertThat(this.log.after(0)).containsExactly(new Announcement(number, "new", "2"));
	}

	@Test
	void numbersRiseThoughTheClockOfTheServerWentBack() {
		this.log.announce("a", "1");
		long future = System.currentTimeMillis() + 3_600_000;
		this.redis.opsForZSet().add(key("announcement-numbers"), "a", future);
		assertThat(this.log.announce("a", "2")).isEqualTo(future + 1);
		assertThat(this.log.announce("b", "3")).isEqualTo(future + 2);
		assertThat(this.log.after(future)).containsExactly(new Announcement(future + 1, "a", "2"),
				new Announcement(future + 2, "b", "3"));
	}

}
