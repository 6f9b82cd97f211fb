package io.github.mcpsession.nodes;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.stream.Stream;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.mcpsession.SessionTerminatedEvent;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Sessions that end however much they are used.
 */
class MaxAgeTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	private static Node start(String name, List<String> store, String... properties) {
		return Node.start(List.of(TestApplication.class, Ends.class), name, store, properties);
	}

	@Test
	void aSessionInUseEndsOnAllNodes() throws InterruptedException {
		List<String> store = TestServers.redisProperties();
		try (Node a = start("A", store, "mcp.session.namespace=max-age", "mcp.session.max-age=4s");
				Node b = start("B", store, "mcp.session.namespace=max-age", "mcp.session.max-age=4s")) {
			Instant start = Instant.now();
			RawClient listening = new RawClient().initialize(a.uri());
			EventStreamReader stream = listening.listening(a.uri());
			RawClient calling = new RawClient().initialize(a.uri());
			EventStreamReader call = calling.callStreaming(b.uri(), "elicit", "{\"question\":\"q\"}");
			EventStreamReader slow = calling.callStreaming(b.uri(), "slow", "{\"millis\":8000}");
			call.awaitMethod("elicitation/create");
			RawClient used = new RawClient().initialize(a.uri());
			int calls = 0;
			while (used.tryCall((calls % 2 == 0) ? a.uri() : b.uri(), "count").statusCode() == 200) {
				calls++;
			}
			assertThat(Duration.between(start, Instant.now())).isBetween(Duration.ofMillis(3900), SOON);
			assertThat(calls).isPositive();
			stream.awaitEnd();
			call.awaitEnd();
			slow.awaitEnd();
			assertThat(slow.messages()).noneMatch((message) -> message.has("result"));
			for (RawClient client : List.of(listening, calling, used)) {
				RawClient.assertNotFound(client.tryCall(a.uri(), "node"));
				RawClient.assertNotFound(client.get(b.uri()));
				RawClient.assertNotFound(client.delete(b.uri()));
				await().atMost(SOON).until(() -> a.manager().find(client.sessionId()).isEmpty());
			}
			assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(15));
			List<String> ended = new ArrayList<>();
			await().atMost(SOON).until(() -> {
				ended.clear();
				ended.addAll(a.bean(Ends.class).gone);
				ended.addAll(b.bean(Ends.class).gone);
				return ended.size() >= 3;
			});
			Thread.sleep(1000);
			assertThat(Stream.of(a, b).flatMap((node) -> node.bean(Ends.class).gone.stream()))
				.containsExactlyInAnyOrder(listening.sessionId(), calling.sessionId(), used.sessionId());
		}
	}

	@Test
	void theStoreEndsASessionThatNobodyAsksFor() {
		List<String> database = TestServers.jdbcProperties(TestServers.newH2Url());
		database.add("spring.datasource.hikari.connection-init-sql=SET TIME ZONE 'America/New_York'");
		for (List<String> store : List.of(List.<String>of(), TestServers.redisProperties(), database)) {
			try (Node node = start("A", store, "mcp.session.max-age=1s")) {
				RawClient client = new RawClient().initialize(node.uri());
				assertThat(client.call(node.uri(), "count")).isEqualTo("1");
				await().atMost(SOON).until(() -> node.manager().find(client.sessionId()).isEmpty());
				await().atMost(SOON).until(() -> node.bean(Ends.class).gone.contains(client.sessionId()));
			}
		}
	}

	@Test
	void useNeverPushesTheEndOfASession() {
		try (Node node = start("A", List.of(), "mcp.session.max-age=2s", "mcp.session.timeout=1500ms")) {
			RawClient client = new RawClient().initialize(node.uri());
			EventStreamReader stream = client.listening(node.uri());
			Instant created = node.manager().find(client.sessionId()).orElseThrow().createdAt();
			await().atMost(SOON).until(() -> node.manager().find(client.sessionId()).isEmpty());
			assertThat(Duration.between(created, Instant.now())).isBetween(Duration.ofMillis(1900),
					Duration.ofSeconds(4));
			stream.awaitEnd();
		}
	}

	@Test
	void aSessionFromBeforeTheAgeWasLoweredIsNotRestored() {
		RawClient client = new RawClient();
		List<String> store = TestServers.redisProperties();
		try (Node before = start("A", store)) {
			client.initialize(before.uri());
		}
		try (Node after = start("A", store, "mcp.session.max-age=1ms")) {
			RawClient.assertNotFound(client.tryCall(after.uri(), "node"));
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Ends {

		private final List<String> gone = new CopyOnWriteArrayList<>();

		@EventListener
		void on(SessionTerminatedEvent event) {
			if (event.reason() == SessionTerminatedEvent.Reason.EXPIRED) {
				this.gone.add(event.sessionId());
			}
		}

	}

}
