package io.github.mcpsession.nodes;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import org.springframework.ai.mcp.server.webmvc.transport.WebMvcStreamableServerTransportProvider;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What one node holds, and for how long.
 */
class LocalCopiesTests {

	private static Node start(String... properties) {
		return Node.start("A", TestServers.redisProperties(), properties);
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> held(Node node) {
		return (Map<String, Object>) ReflectionTestUtils
			.getField(node.bean(WebMvcStreamableServerTransportProvider.class), "sessions");
	}

	@Test
	void theIdlestAreDroppedFirstAndComeBackWhenNeeded() {
		try (Node node = start("mcp.session.local.max-sessions=3")) {
			List<RawClient> clients = new ArrayList<>();
			for (int i = 0; i < 10; i++) {
				clients.add(new RawClient().initialize(node.uri()));
			}
			assertThat(held(node)).containsOnlyKeys(clients.get(7).sessionId(), clients.get(8).sessionId(),
					clients.get(9).sessionId());
			assertThat(clients.get(7).call(node.uri(), "restored")).isEqualTo("false");
			assertThat(clients.get(0).call(node.uri(), "restored")).isEqualTo("true");
			assertThat(held(node)).containsOnlyKeys(clients.get(7).sessionId(), clients.get(9).sessionId(),
					clients.get(0).sessionId());
		}
	}

	@Test
	void aSessionWithAnOpenStreamOrARunningCallIsNotDropped() {
		try (Node node = start("mcp.session.local.max-sessions=1", "mcp.session.local.idle-timeout=200ms")) {
			RawClient listening = new RawClient().initialize(node.uri());
			listening.listen(node.uri());
			RawClient calling = new RawClient().initialize(node.uri());
			CompletableFuture<HttpResponse<String>> call = calling.callAsync(node.uri(), "slow", "{\"millis\":2000}");
			await().until(() -> held(node).containsKey(listening.sessionId()));
			for (int i = 0; i < 5; i++) {
				new RawClient().initialize(node.uri());
			}
			await().pollDelay(Duration.ofMillis(800)).until(() -> true);
			assertThat(held(node)).containsOnlyKeys(listening.sessionId(), calling.sessionId());
			assertThat(RawClient.textOf(call.join().body())).isEqualTo("done");
			await().atMost(Duration.ofSeconds(5))
				.untilAsserted(() -> assertThat(held(node)).containsOnlyKeys(listening.sessionId()));
		}
	}

	@Test
	void anIdleCopyIsDroppedAndTheSessionLivesOn() {
		try (Node node = start("mcp.session.local.idle-timeout=200ms")) {
			RawClient client = new RawClient().initialize(node.uri());
			client.request(node.uri(), "resources/subscribe", "{\"uri\":\"test://thing\"}");
			assertThat(client.call(node.uri(), "count")).isEqualTo("1");
			await().atMost(Duration.ofSeconds(5)).until(() -> held(node).isEmpty());
			assertThat(client.call(node.uri(), "count")).isEqualTo("2");
		}
	}

	@Test
	void aSessionThatIsNotUsedExpires() {
		try (Node node = start("mcp.session.timeout=1s")) {
			RawClient idle = new RawClient().initialize(node.uri());
			RawClient used = new RawClient().initialize(node.uri());
			for (int i = 1; i <= 12; i++) {
				int count = i;
				await().pollDelay(Duration.ofMillis(200)).untilAsserted(() -> {
					assertThat(used.call(node.uri(), "count")).isEqualTo(String.valueOf(count));
				});
			}
			RawClient.assertNotFound(idle.tryCall(node.uri(), "node"));
		}
	}

	@Test
	void aSessionInUseDoesNotExpire() {
		try (Node node = start("mcp.session.timeout=1s")) {
			RawClient listening = new RawClient().initialize(node.uri());
			listening.listen(node.uri());
			RawClient calling = new RawClient().initialize(node.uri());
			CompletableFuture<HttpResponse<String>> call = calling.callAsync(node.uri(), "slow", "{\"millis\":3000}");
			await().pollDelay(Duration.ofMillis(2500)).until(() -> true);
			assertThat(listening.call(node.uri(), "count")).isEqualTo("1");
			assertThat(call.join().statusCode()).isEqualTo(200);
			assertThat(calling.call(node.uri(), "count")).isEqualTo("1");
		}
	}

	@Test
	void withAValidationIntervalTheStoreIsNotAskedAtEachRequest() {
		try (Node node = start("mcp.session.validation-interval=1m"); Node other = start()) {
			RawClient client = new RawClient().initialize(node.uri());
			// the first use is noted in the store
			assertThat(client.call(node.uri(), "node")).isEqualTo("A");
			// not by DELETE, which every node would be told of
			other.bean(SessionStore.class).delete(client.sessionId());
			assertThat(client.call(node.uri(), "node")).isEqualTo("A");
			RawClient.assertNotFound(client.tryCall(other.uri(), "node"));
		}
	}

	@Test
	void stoppingANodeEndsNoSession() {
		RawClient client = new RawClient();
		try (Node node = start()) {
			client.initialize(node.uri());
		}
		try (Node node = start()) {
			assertThat(client.call(node.uri(), "whoami")).isEqualTo(client.sessionId());
		}
	}

	@Test
	void aFailedInitializeLeavesNothingBehind() {
		try (Node node = Node.start(
				List.of(io.github.mcpsession.testing.TestApplication.class, FailingCustomizer.class), "A",
				TestServers.redisProperties())) {
			HttpResponse<String> response = new RawClient().tryInitialize(node.uri());
			assertThat(response.statusCode()).isEqualTo(500);
			assertThat(response.headers().firstValue("Mcp-Session-Id")).isEmpty();
			assertThat(held(node)).isEmpty();
			assertThat(FailingCustomizer.sessionId).isNotNull();
			assertThat(node.manager().find(FailingCustomizer.sessionId)).isEmpty();
		}
	}

	@Test
	void inMemoryEverythingIsAsWithAStore() {
		try (Node node = Node.start("A", List.of("mcp.session.local.max-sessions=1", "mcp.session.timeout=2s"))) {
			assertThat(node.manager().isUsingExternalStore()).isFalse();
			RawClient client = new RawClient().initialize(node.uri());
			new RawClient().initialize(node.uri());
			assertThat(held(node)).doesNotContainKey(client.sessionId());
			assertThat(client.call(node.uri(), "count")).isEqualTo("1");
			await().pollDelay(Duration.ofMillis(2300)).until(() -> true);
			RawClient.assertNotFound(client.tryCall(node.uri(), "count"));
		}
	}

	@org.springframework.context.annotation.Configuration(proxyBeanMethods = false)
	static class FailingCustomizer {

		private static volatile String sessionId;

		@org.springframework.context.annotation.Bean
		SessionCustomizer failing() {
			return (session) -> {
				sessionId = session.session().id();
				throw new IllegalStateException("no session for you");
			};
		}

	}

}
