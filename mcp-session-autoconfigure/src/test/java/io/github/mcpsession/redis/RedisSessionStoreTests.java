package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.Set;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreContract;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class RedisSessionStoreTests extends SessionStoreContract {

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
	protected SessionStore createStore() {
		return new RedisSessionStore(connectionFactory, "mcp:session", "contract");
	}

	@Override
	protected SessionStore createStoreOfOtherNamespace() {
		return new RedisSessionStore(connectionFactory, "mcp:session", "contract2");
	}

	@Override
	protected boolean hasData(String sessionId) {
		Set<String> keys = redis.keys("*" + sessionId.replace("*", "\\*") + "*");
		return !keys.isEmpty();
	}

	@Override
	protected void corrupt(String sessionId) {
		redis.opsForHash().put("mcp:session:contract:{" + sessionId + "}", "data", "{\"schema\":1,");
	}

	@Test
	void aSessionIsOneHashWithATimeToLive() {
		SessionRecord session = newSession();
		this.store.create(session, Duration.ofMinutes(5));
		String key = "mcp:session:contract:{" + session.id() + "}";
		assertThat(redis.opsForHash().keys(key)).containsExactlyInAnyOrder("data", "version", "created", "accessed");
		assertThat(redis.getExpire(key)).isBetween(290L, 300L);
	}

	@Test
	void aNameCannotChangeTheMeaningOfKeys() {
		SessionRecord session = newSession();
		new RedisSessionStore(connectionFactory, "mcp:session", "a{b}:c d").create(session, Duration.ofMinutes(5));
		assertThat(redis.hasKey("mcp:session:a%7Bb%7D%3Ac+d:{" + session.id() + "}")).isTrue();
		assertThatIllegalArgumentException().isThrownBy(() -> new RedisSessionStore(connectionFactory, "a{b}", "c"));
	}

}
