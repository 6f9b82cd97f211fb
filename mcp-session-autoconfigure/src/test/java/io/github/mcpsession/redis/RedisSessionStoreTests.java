package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.Set;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The contract on Redis, by default a single one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisSessionStoreTests extends SessionStoreContract {

	private RedisTestConnection connection;

	private LettuceConnectionFactory connectionFactory;

	private StringRedisTemplate redis;

	protected RedisTestConnection connect() {
		return RedisTestConnection.standalone();
	}

	@BeforeAll
	void openConnection() {
		this.connection = connect();
		this.connectionFactory = this.connection.sessions();
		this.redis = this.connection.template();
	}

	@AfterAll
	void closeConnection() {
		this.connection.close();
	}

	@Override
	protected SessionStore createStore() {
		return new RedisSessionStore(this.connectionFactory, "mcp:session", "contract");
	}

	@Override
	protected SessionStore createStoreOfOtherNamespace() {
		return new RedisSessionStore(this.connectionFactory, "mcp:session", "contract2");
	}

	@Override
	protected boolean hasData(String sessionId) {
		Set<String> keys = this.redis.keys("*" + sessionId.replace("*", "\\*") + "*");
		return !keys.isEmpty();
	}

	@Override
	protected void corrupt(String sessionId) {
		this.redis.opsForHash().put("mcp:session:contract:{" + sessionId + "}", "data", "{\"schema\":1,");
	}

	@Test
	void aSessionIsOneHashWithATimeToLive() {
		SessionRecord session = newSession();
		this.store.create(session, Duration.ofMinutes(5));
		String key = "mcp:session:contract:{" + session.id() + "}";
		assertThat(this.redis.opsForHash().keys(key)).containsExactlyInAnyOrder("data", "version", "created",
				"accessed");
		assertThat(this.redis.getExpire(key)).isBetween(290L, 300L);
	}

	@Test
	void aNameCannotChangeTheMeaningOfKeys() {
		SessionRecord session = newSession();
		new RedisSessionStore(this.connectionFactory, "mcp:session", "a{b}:c d").create(session, Duration.ofMinutes(5));
		assertThat(this.redis.hasKey("mcp:session:a%7Bb%7D%3Ac+d:{" + session.id() + "}")).isTrue();
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new RedisSessionStore(this.connectionFactory, "a{b}", "c"));
	}

}
