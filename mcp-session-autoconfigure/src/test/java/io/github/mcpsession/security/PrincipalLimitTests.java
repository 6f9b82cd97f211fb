package io.github.mcpsession.security;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A principal has only so many sessions on two nodes together.
 */
class PrincipalLimitTests {

	private static final int LIMIT = 3;

	private static final String NAMESPACE = "limits-principal";

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	@BeforeAll
	static void startNodes() {
		nodeA = start("A");
		nodeB = start("B");
	}

	private static Node start(String name) {
		return Node.start(List.of(TestApplication.class, PrincipalBindingTests.Security.class), name,
				TestServers.redisProperties(), "mcp.session.namespace=" + NAMESPACE,
				"mcp.session.limits.max-sessions-per-principal=" + LIMIT);
	}

	private static void assertRefused(HttpResponse<String> response) {
		assertThat(response.statusCode()).isEqualTo(429);
		assertThat(response.headers().firstValue("Mcp-Session-Id")).isEmpty();
		assertThat(response.headers().firstValue("Retry-After")).isEmpty();
		assertThat(response.body()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":\"init\",\"error\":{\"code\":-32000,"
				+ "\"message\":\"Too many sessions of this caller: end one, or wait until one expires\"}}");
	}

	@Test
	void onlySoManySessionsUntilOneEnds() {
		int before = RedisKeyspace.sessions(NAMESPACE).size();
		RawClient first = PrincipalBindingTests.as("alice").initialize(nodeA.uri());
		RawClient second = PrincipalBindingTests.as("alice").initialize(nodeB.uri());
		RawClient third = PrincipalBindingTests.as("alice").initialize(nodeA.uri());
		for (Node node : List.of(nodeA, nodeB)) {
			assertRefused(PrincipalBindingTests.as("alice").tryInitialize(node.uri()));
		}
		assertThat(RedisKeyspace.sessions(NAMESPACE)).hasSize(before + LIMIT);
		RawClient other = PrincipalBindingTests.as("bob").initialize(nodeA.uri());
		assertThat(other.call(nodeB.uri(), "count")).isEqualTo("1");
		assertThat(second.call(nodeA.uri(), "count")).isEqualTo("1");
		assertThat(first.delete(nodeB.uri()).statusCode()).isEqualTo(200);
		RawClient fourth = PrincipalBindingTests.as("alice").initialize(nodeB.uri());
		assertRefused(PrincipalBindingTests.as("alice").tryInitialize(nodeA.uri()));
		nodeA.manager().terminate(third.sessionId());
		RawClient fifth = PrincipalBindingTests.as("alice").initialize(nodeA.uri());
		List.of(second, fourth, fifth, other).forEach((client) -> client.delete(nodeA.uri()));
	}

	@Test
	void whatTheStoreDidTooLateIsDeletedWhenItIsBack() {
		try (Node node = Node.start(
				List.of(TestApplication.class, PrincipalBindingTests.Security.class, FailingStore.class), "C",
				List.of(), "mcp.session.limits.max-sessions-per-principal=1", "mcp.session.timeout=10s")) {
			FailingStore store = node.bean(FailingStore.class);
			store.failsOnceCreated = true;
			assertThat(PrincipalBindingTests.as("alice").tryInitialize(node.uri()).statusCode()).isEqualTo(503);
			assertThat(store.sessions.countByPrincipal("alice")).isOne();
			store.failsOnceCreated = false;
			store.fails = false;
			await().atMost(Duration.ofSeconds(8)).until(() -> store.sessions.countByPrincipal("alice") == 0);
			await().atMost(Duration.ofSeconds(8))
				.until(() -> PrincipalBindingTests.as("alice").tryInitialize(node.uri()).statusCode() == 200);
			assertRefused(PrincipalBindingTests.as("alice").tryInitialize(node.uri()));
		}
	}

	@Test
	void anonymousCallersAreNotLimited() {
		for (int i = 0; i <= LIMIT; i++) {
			new RawClient().initialize(nodeA.uri()).delete(nodeA.uri());
		}
		List<RawClient> clients = new ArrayList<>();
		for (int i = 0; i <= LIMIT; i++) {
			clients.add(new RawClient(Map.of()).initialize(nodeA.uri()));
		}
		clients.forEach((client) -> assertThat(client.call(nodeB.uri(), "count")).isEqualTo("1"));
		clients.forEach((client) -> client.delete(nodeA.uri()));
	}

	@Test
	void manyAtOnceNeverExceedTheLimit() throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(8);
		try {
			for (int round = 0; round < 10; round++) {
				List<Future<HttpResponse<String>>> attempts = new ArrayList<>();
				for (int i = 0; i < 8; i++) {
					Node node = (i % 2 == 0) ? nodeA : nodeB;
					attempts.add(executor.submit(() -> PrincipalBindingTests.as("alice").tryInitialize(node.uri())));
				}
				List<String> made = new ArrayList<>();
				for (Future<HttpResponse<String>> attempt : attempts) {
					HttpResponse<String> response = attempt.get();
					if (response.statusCode() == 200) {
						made.add(response.headers().firstValue("Mcp-Session-Id").orElseThrow());
					}
					else {
						assertRefused(response);
					}
				}
				assertThat(made).hasSizeLessThanOrEqualTo(LIMIT);
				made.forEach(nodeB.manager()::terminate);
			}
		}
		finally {
			executor.shutdownNow();
		}
		List<RawClient> clients = new ArrayList<>();
		for (int i = 0; i < LIMIT; i++) {
			clients.add(PrincipalBindingTests.as("alice").initialize(nodeA.uri()));
		}
		clients.forEach((client) -> client.delete(nodeB.uri()));
	}

	/**
	 * A store that is lost at the moment when it has created a session.
	 */
	@Configuration(proxyBeanMethods = false)
	static class FailingStore {

		private final MemorySessionStore sessions = new MemorySessionStore();

		private volatile boolean failsOnceCreated;

		private volatile boolean fails;

		@Bean
		ListableSessionStore store() {
			return (ListableSessionStore) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { ListableSessionStore.class }, (proxy, method, arguments) -> {
						if (this.fails) {
							throw new IllegalStateException("lost");
						}
						try {
							Object result = method.invoke(this.sessions, arguments);
							this.fails = this.failsOnceCreated && method.getName().equals("create");
							return result;
						}
						catch (InvocationTargetException ex) {
							throw ex.getTargetException();
						}
					});
		}

	}

}
