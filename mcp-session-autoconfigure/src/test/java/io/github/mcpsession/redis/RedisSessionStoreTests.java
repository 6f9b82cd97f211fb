package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.contract.ListableSessionStoreContract;
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
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The contract on a Redis.
 */
@OnBackends({ Backend.REDIS_RESTRICTED, Backend.REDIS_CLUSTER })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisSessionStoreTests extends ListableSessionStoreContract {

	@Parameter
	private Backend backend;

	private RedisTestConnection connection;

	LettuceConnectionFactory connectionFactory;

	StringRedisTemplate redis;

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

	@Override
	protected boolean isOrdered() {
		return false;
	}

	@Test
	void aSessionIsOneHashWithATimeToLive() {
		SessionRecord session = newSession();
		this.store.create(session, Duration.ofMinutes(5));
		String key = "mcp:session:contract:{" + session.id() + "}";
		assertThat(this.redis.opsForHash().keys(key)).containsExactlyInAnyOrder("data", "version", "created",
				"accessed", "principal");
		assertThat(this.redis.getExpire(key)).isBetween(290L, 300L);
	}

	@Test
	void whoDoesNotCountKeepsNothingOfThePrincipal() {
		String namespace = "uncounted-" + System.nanoTime();
		RedisSessionStore uncounting = new RedisSessionStore(this.connectionFactory, "mcp:session", namespace, false);
		SessionRecord session = newSession();
		uncounting.create(session, Duration.ofMinutes(5));
		assertThat(this.redis.keys("mcp:session:" + namespace + ":*"))
			.containsExactly("mcp:session:" + namespace + ":{" + session.id() + "}");
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> uncounting.countByPrincipal("alice"));
		RedisSessionStore counting = new RedisSessionStore(this.connectionFactory, "mcp:session", namespace);
		SessionRecord counted = newSession();
		counting.create(counted, Duration.ofMinutes(1));
		assertThat(uncounting.touch(counted.id(), Duration.ofMinutes(5))).isTrue();
		String key = this.redis.keys("mcp:session:" + namespace + ":principal:*").iterator().next();
		assertThat(key).doesNotContain("alice");
		assertThat(this.redis.getExpire(key)).isBetween(290L, 300L);
		assertThat(uncounting.delete(counted.id())).isTrue();
		assertThat(counting.countByPrincipal("alice")).isZero();
		assertThat(this.redis.hasKey(key)).isFalse();
	}

	@Test
	void whoseCountWasLostIsCountedAgainWithTheNextTouch() {
		String principal = "dave " + System.nanoTime();
		RedisSessionStore counting = new RedisSessionStore(this.connectionFactory, "mcp:session", "contract");
		SessionRecord session = newSession();
		SessionRecord ofPrincipal = SessionRecord.create(session.id(), session.initializeRequest(), "2025-06-18",
				principal);
		counting.create(ofPrincipal, Duration.ofMinutes(5));
		assertThat(counting.countByPrincipal(principal)).isOne();
		this.redis.delete("mcp:session:contract:principal:" + SessionIds.hash(principal));
		assertThat(counting.countByPrincipal(principal)).isZero();
		assertThat(counting.touch(session.id(), Duration.ofMinutes(5))).isTrue();
		assertThat(counting.countByPrincipal(principal)).isOne();
	}

	@Test
	void whatCannotBeCountedIsTouchedAndDeletedNevertheless() {
		String principal = "erin " + System.nanoTime();
		RedisSessionStore counting = new RedisSessionStore(this.connectionFactory, "mcp:session", "contract");
		SessionRecord session = newSession();
		counting.create(SessionRecord.create(session.id(), session.initializeRequest(), "2025-06-18", principal),
				Duration.ofMinutes(5));
		String key = "mcp:session:contract:principal:" + SessionIds.hash(principal);
		this.redis.delete(key);
		this.redis.opsForValue().set(key, "no sorted set");
		assertThat(counting.touch(session.id(), Duration.ofMinutes(5))).isTrue();
		assertThat(counting.delete(session.id())).isTrue();
		assertThat(counting.find(session.id())).isEmpty();
		this.redis.delete(key);
	}

	@Test
	void aNameCannotChangeTheMeaningOfKeys() {
		SessionRecord session = newSession();
		new RedisSessionStore(this.connectionFactory, "mcp:session", "a{b}:c d").create(session, Duration.ofMinutes(5));
		assertThat(this.redis.hasKey("mcp:session:a%7Bb%7D%3Ac+d:{" + session.id() + "}")).isTrue();
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new RedisSessionStore(this.connectionFactory, "a{b}", "c"));
	}

	@Test
	void oddIdsAreListedAsTheyAre() {
		RedisSessionStore listed = new RedisSessionStore(this.connectionFactory, "mcp:session", "odd");
		List<String> ids = List.of("}", "%7D", "%257D", "{}", "a}b", "{", "*", "\\", "%");
		ids.forEach((id) -> listed.create(newSession(id), Duration.ofMinutes(5)));
		assertThat(all(listed)).containsExactlyInAnyOrderElementsOf(ids);
		assertThat(ids).allMatch(listed::delete);
	}

	@Test
	void aRecordWhoseNumbersAreNoneHidesNoOther() {
		RedisSessionStore listed = new RedisSessionStore(this.connectionFactory, "mcp:session", "numbers");
		for (String field : List.of("version", "created", "accessed")) {
			SessionRecord session = newSession();
			SessionRecord other = newSession();
			listed.create(session, Duration.ofMinutes(5));
			listed.create(other, Duration.ofMinutes(5));
			this.redis.opsForHash().put("mcp:session:numbers:{" + session.id() + "}", field, "x");
			assertThat(listed.find(session.id())).isEmpty();
			assertThat(all(listed)).containsExactly(other.id());
			assertThat(listed.delete(session.id())).isTrue();
			assertThat(listed.delete(other.id())).isTrue();
		}
	}

	@Test
	void otherKeysAreNoSessions() {
		SessionRecord session = newSession();
		String namespace = "others-" + session.id();
		RedisSessionStore listed = new RedisSessionStore(this.connectionFactory, "mcp:session", namespace);
		listed.create(session, Duration.ofMinutes(5));
		String key = "mcp:session:" + namespace + ":{" + session.id() + "}";
		this.redis.opsForHash().put(key + ":log", "x", "y");
		this.redis.opsForValue().set(key + ":order", "x");
		this.redis.opsForHash().put(key + ":more", "data", "y");
		this.redis.opsForHash().put("mcp:session:" + namespace + ":{cluster}:nodes", "x", "y");
		this.redis.opsForValue().set("mcp:session:" + namespace + ":{no hash}", "x");
		this.redis.opsForHash().put("mcp:session:" + namespace + ":{not-all}", "data", "{}");
		assertThat(all(listed)).containsExactly(session.id());
	}

	static Set<String> all(RedisSessionStore store) {
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
