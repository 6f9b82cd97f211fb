package io.github.mcpsession.operations;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

import javax.sql.DataSource;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRecordCodec;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.testing.ActuatorClient;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.JdbcTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An operator and a store full of sessions. {@code -Dlisted.sessions=200000} for the full
 * number; prints how long things took.
 */
class ListedSessionsTests {

	private static final int SESSIONS = Integer.getInteger("listed.sessions", 2_000);

	private static final int BATCH = 5_000;

	private static final int LIMIT = 100;

	private final String namespace = "listed" + System.nanoTime();

	@ParameterizedTest
	@ValueSource(strings = { "redis", "postgres", "mariadb" })
	void aPageIsReadAndASessionEndedHoweverManyThereAre(String store) {
		List<String> properties = new ArrayList<>(switch (store) {
			case "redis" -> TestServers.redisProperties();
			case "postgres" -> TestServers.jdbcProperties(TestServers.postgresUrl());
			default -> TestServers.jdbcProperties(TestServers.mariaDbUrl());
		});
		properties.addAll(List.of("mcp.session.namespace=" + this.namespace,
				"management.endpoints.web.exposure.include=mcpsessions",
				"management.endpoint.mcpsessions.access=unrestricted"));
		try (Node nodeA = Node.start("A", properties); Node nodeB = Node.start("B", properties)) {
			ActuatorClient a = new ActuatorClient(nodeA);
			ActuatorClient b = new ActuatorClient(nodeB);
			report(store, "first request of all, to the empty store", timed(() -> a.page(null, LIMIT)));
			if (store.equals("redis")) {
				fillRedis(nodeA.bean(RedisConnectionFactory.class));
			}
			else {
				fillDatabase(nodeA.bean(DataSource.class));
			}
			RawClient client = new RawClient().initialize(nodeA.uri());
			report(store, "first page, first request", timed(() -> a.page(null, LIMIT)));
			report(store, "first page, median of 21", median(() -> a.page(null, LIMIT)));
			String second = a.page(null, LIMIT).get("next").asString();
			report(store, "second page, median of 21", median(() -> a.page(second, LIMIT)));
			long start = System.nanoTime();
			Map<String, String> handles = readAll(a);
			report(store, "all pages (" + handles.size() + " sessions)", System.nanoTime() - start);
			assertThat(handles.size()).isEqualTo(SESSIONS + 1);
			String handle = handles.get(SessionIds.fingerprint(client.sessionId()));
			report(store, "one session on the other node", median(() -> b.session(handle)));
			start = System.nanoTime();
			assertThat(b.delete(handle).statusCode()).isEqualTo(204);
			report(store, "terminate on the other node", System.nanoTime() - start);
			assertThat(client.tryCall(nodeA.uri(), "node").statusCode()).isEqualTo(404);
			empty(store, nodeA);
		}
	}

	private static Map<String, String> readAll(ActuatorClient actuator) {
		Map<String, String> handles = new HashMap<>();
		Set<String> cursors = new HashSet<>();
		String cursor = null;
		do {
			JsonNode page = actuator.page(cursor, 500);
			for (JsonNode session : page.get("sessions")) {
				String handle = session.get("handle").asString();
				handles.put(handle.substring(0, 32), handle);
			}
			cursor = page.path("next").asString(null);
			assertThat(cursor == null || cursors.add(cursor)).isTrue();
		}
		while (cursor != null);
		return handles;
	}

	private static long timed(Supplier<?> call) {
		long start = System.nanoTime();
		call.get();
		return System.nanoTime() - start;
	}

	private static long median(Supplier<?> call) {
		long[] times = new long[21];
		Arrays.setAll(times, (i) -> timed(call));
		Arrays.sort(times);
		return times[times.length / 2];
	}

	private static void report(String store, String what, long nanos) {
		System.out.printf("LISTED %s, %d sessions: %s took %.1f ms%n", store, SESSIONS, what, nanos / 1e6);
	}

	private static String data() {
		SessionRecord session = SessionStoreContract.newSession().withAttribute("cart", "{\"apples\":3,\"pears\":12}");
		return new SessionRecordCodec().write(session);
	}

	private void fillRedis(RedisConnectionFactory connectionFactory) {
		String data = data();
		String now = Long.toString(System.currentTimeMillis());
		StringRedisTemplate redis = new StringRedisTemplate(connectionFactory);
		for (int filled = 0; filled < SESSIONS; filled += BATCH) {
			int count = Math.min(BATCH, SESSIONS - filled);
			redis.executePipelined((RedisCallback<Object>) (connection) -> {
				for (int i = 0; i < count; i++) {
					byte[] key = ("mcp:session:" + this.namespace + ":{" + UUID.randomUUID() + "}").getBytes();
					connection.hashCommands()
						.hMSet(key, Map.of("data".getBytes(), data.getBytes(), "version".getBytes(), "1".getBytes(),
								"created".getBytes(), now.getBytes(), "accessed".getBytes(), now.getBytes()));
					connection.keyCommands().pExpire(key, Duration.ofMinutes(30).toMillis());
				}
				return null;
			});
		}
	}

	private void fillDatabase(DataSource dataSource) {
		String data = data();
		long now = System.currentTimeMillis();
		JdbcTemplate jdbc = new JdbcTemplate(dataSource);
		for (int filled = 0; filled < SESSIONS; filled += BATCH) {
			List<Object[]> rows = new ArrayList<>();
			for (int i = 0; i < Math.min(BATCH, SESSIONS - filled); i++) {
				rows.add(new Object[] { this.namespace, UUID.randomUUID().toString(), 1L, now, now, now + 1_800_000L,
						data });
			}
			jdbc.batchUpdate("""
					INSERT INTO MCP_SESSION
					(NAMESPACE, SESSION_ID, VERSION, CREATED_AT, LAST_ACCESS_AT, EXPIRES_AT, DATA)
					VALUES (?, ?, ?, ?, ?, ?, ?)
					""", rows);
		}
	}

	private void empty(String store, Node node) {
		if (store.equals("redis")) {
			StringRedisTemplate redis = new StringRedisTemplate(node.bean(RedisConnectionFactory.class));
			redis.delete(redis.keys("mcp:session:" + this.namespace + ":{????????-*}"));
		}
		else {
			new JdbcTemplate(node.bean(DataSource.class)).update("DELETE FROM MCP_SESSION WHERE NAMESPACE = ?",
					this.namespace);
		}
	}

}
