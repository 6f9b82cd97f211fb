package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

@OnBackends(Backend.REDIS)
class StandaloneRedisSessionStoreTests extends RedisSessionStoreTests {

	@Test
	void namesThatLookLikePatternsMatchOnlyThemselves() {
		SessionRecord session = newSession();
		for (String prefix : List.of("p*", "p?", "p[a-z]", "p\\", "pa")) {
			new RedisSessionStore(this.connectionFactory, prefix, "n*").create(session, Duration.ofMinutes(5));
		}
		for (String prefix : List.of("p*", "p?", "p[a-z]", "p\\")) {
			SessionRecord other = newSession();
			RedisSessionStore listed = new RedisSessionStore(this.connectionFactory, prefix, "n*");
			listed.create(other, Duration.ofMinutes(5));
			assertThat(all(listed)).containsExactlyInAnyOrder(session.id(), other.id());
			new RedisSessionStore(this.connectionFactory, "pa", "nx").create(newSession(), Duration.ofMinutes(5));
			listed.delete(other.id());
		}
	}

	@Test
	void amongManyKeysOfOthersAFewSessionsAreFound() {
		Map<String, String> others = new HashMap<>();
		for (int i = 0; i < 150_000; i++) {
			others.put("others:" + i, "x");
		}
		this.redis.opsForValue().multiSet(others);
		try {
			RedisSessionStore listed = new RedisSessionStore(this.connectionFactory, "mcp:session", "few");
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
			this.redis.delete(others.keySet());
		}
	}

}
