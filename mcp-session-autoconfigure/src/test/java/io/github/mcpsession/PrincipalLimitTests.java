package io.github.mcpsession;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A principal has only so many sessions on two nodes together.
 */
class PrincipalLimitTests {

	private static final int LIMIT = 3;

	private static final String NAMESPACE = "limits-principal";

	private static Node nodeA;

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

	@AfterAll
	static void stopNodes() {
		nodeA.close();
		nodeB.close();
	}

	private static void assertRefused(HttpResponse<String> response) {
		assertThat(response.statusCode()).isEqualTo(429);
		assertThat(response.headers().firstValue("Mcp-Session-Id")).isEmpty();
		assertThat(response.headers().firstValue("Retry-After")).isEmpty();
		assertThat(response.body()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,"
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
	}

}
