package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.github.mcpsession.ListableSessionStoreContract;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class RedisSessionStoreTests extends ListableSessionStoreContract {

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

	@Override
	protected boolean isOrdered() {
		return false;
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

	@Test
	void namesThatLookLikePatternsMatchOnlyThemselves() {
		SessionRecord session = newSession();
		for (String prefix : List.of("p*", "p?", "p[a-z]", "p\\", "pa")) {
			new RedisSessionStore(connectionFactory, prefix, "n*").create(session, Duration.ofMinutes(5));
		}
		for (String prefix : List.of("p*", "p?", "p[a-z]", "p\\")) {
			SessionRecord other = newSession();
			RedisSessionStore listed = new RedisSessionStore(connectionFactory, prefix, "n*");
			listed.create(other, Duration.ofMinutes(5));
			assertThat(all(listed)).containsExactlyInAnyOrder(session.id(), other.id());
			new RedisSessionStore(connectionFactory, "pa", "nx").create(newSession(), Duration.ofMinutes(5));
			listed.delete(other.id());
		}
	}

	@Test
	void otherKeysAreNoSessions() {
		SessionRecord session = newSession();
		RedisSessionStore listed = new RedisSessionStore(connectionFactory, "mcp:session", "others");
		listed.create(session, Duration.ofMinutes(5));
		String key = "mcp:session:others:{" + session.id() + "}";
		redis.opsForHash().put(key + ":streams", "x", "y");
		redis.opsForValue().set(key + ":events", "x");
		redis.opsForHash().put(key + ":messages", "data", "y");
		redis.opsForHash().put("mcp:session:others:{cluster}:nodes", "x", "y");
		redis.opsForValue().set("mcp:session:others:{no hash}", "x");
		redis.opsForHash().put("mcp:session:others:{not-all}", "data", "{}");
		assertThat(all(listed)).containsExactly(session.id());
	}

	@Test
	void amongManyKeysOfOthersAFewSessionsAreFound() {
		Map<String, String> others = new HashMap<>();
		for (int i = 0; i < 150_000; i++) {
			others.put("others:" + i, "x");
		}
		redis.opsForValue().multiSet(others);
		try {
			RedisSessionStore listed = new RedisSessionStore(connectionFactory, "mcp:session", "few");
			List<String> ids = new ArrayList<>();
			for (int i = 0; i < 5; i++) {
				SessionRecord session = newSession();
				listed.create(session, Duration.ofMinutes(5));
				ids.add(session.id());
			}
			assertThat(listed.list(null, 100).next()).isNotNull();
			assertThat(all(listed)).containsExactlyInAnyOrderElementsOf(ids);
		}
		finally {
			redis.delete(others.keySet());
		}
	}

	private static Set<String> all(RedisSessionStore store) {
		Set<String> ids = new HashSet<>();
		String cursor = null;
		do {
			SessionPage page = store.list(cursor, 100);
			page.sessions().forEach((session) -> ids.add(session.id()));
			cursor = page.next();
		}
		while (cursor != null);
		return ids;
	}

}
