package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.testing.Backend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * A Redis Cluster of three masters.
 */
class RedisClusterListingTests {

	private static RedisTestConnection connection;

	@BeforeAll
	static void connect() {
		connection = RedisTestConnection.to(Backend.REDIS_CLUSTER);
	}

	@AfterAll
	static void disconnect() {
		connection.close();
	}

	@Test
	void theSessionsOfAllMastersAreListed() {
		RedisSessionStore store = new RedisSessionStore(connection.sessions(), "mcp:session", "listed");
		Set<String> ids = new HashSet<>();
		for (int i = 0; i < 300; i++) {
			SessionRecord session = SessionStoreContract.newSession();
			assertThat(store.create(session, Duration.ofMinutes(5))).isTrue();
			ids.add(session.id());
		}
		for (int limit : new int[] { 7, 1000 }) {
			Set<String> listed = new HashSet<>();
			int pages = 0;
			String cursor = null;
			do {
				SessionPage page = store.list(cursor, limit);
				page.sessions().forEach((session) -> listed.add(session.id()));
				cursor = page.next();
				pages++;
			}
			while (cursor != null);
			assertThat(listed).isEqualTo(ids);
			assertThat(pages).isGreaterThanOrEqualTo((limit == 7) ? 20 : 1);
		}
	}

	@Test
	void theCursorOfASingleRedisIsRefused() {
		RedisSessionStore store = new RedisSessionStore(connection.sessions(), "mcp:session", "refused");
		assertThatIllegalArgumentException().isThrownBy(() -> store.list("17", 10));
		assertThatIllegalArgumentException().isThrownBy(() -> store.list("16384:17", 10));
	}

}
