package io.github.mcpsession.security;

import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionLimitException;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * What clients and tools cannot exceed.
 */
@ExtendWith(OutputCaptureExtension.class)
class LimitsTests {

	private static Node start(String... properties) {
		return Node.start("A", List.of(), properties);
	}

	private static HttpResponse<String> initialize(Node node, String clientName) {
		return new RawClient().post(node.uri(), """
				{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",
				"capabilities":{},"clientInfo":{"name":"%s","version":"1"}}}
				""".formatted(clientName));
	}

	@Test
	void largeInitializeParametersAreRefusedAndNothingIsStored(CapturedOutput output) {
		String namespace = "limits-initialize";
		try (Node node = Node.start("A", TestServers.redisProperties(), "mcp.session.namespace=" + namespace)) {
			HttpResponse<String> refused = initialize(node, "x".repeat(1024 * 1024));
			assertThat(refused.statusCode()).isEqualTo(413);
			assertThat(refused.headers().firstValue("Mcp-Session-Id")).isEmpty();
			assertThat(refused.body()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32600,"
					+ "\"message\":\"The parameters of initialize are too large: at most 1048576 bytes "
					+ "('mcp.session.limits.max-initialize-size')\"}}");
			assertThat(RedisKeyspace.sessions(namespace)).isEmpty();
			assertThat(initialize(node, "x".repeat(1023 * 1024)).statusCode()).isEqualTo(200);
			assertThat(initialize(node, "\u00e9".repeat(513 * 1024)).statusCode()).isEqualTo(413);
			assertThat(RedisKeyspace.sessions(namespace)).hasSize(1);
		}
		assertThat(output).doesNotContain("ERROR").doesNotContain("Failed to initialize");
	}

	@Test
	void aSessionHasOnlySoManyAttributes() {
		try (Node node = start("mcp.session.limits.max-attributes=2")) {
			RawClient client = new RawClient().initialize(node.uri());
			SessionAttributes attributes = node.manager().attributes(client.sessionId());
			attributes.put("a", 1);
			attributes.put("b", 1);
			assertThatExceptionOfType(SessionLimitException.class).isThrownBy(() -> attributes.put("c", 1))
				.withMessageContaining("mcp.session.limits.max-attributes");
			assertThatExceptionOfType(SessionLimitException.class)
				.isThrownBy(() -> attributes.update("c", Integer.class, (current) -> 1));
			attributes.put("a", 2);
			assertThat(attributes.names()).containsExactlyInAnyOrder("a", "b");
			assertThat(attributes.get("a", Integer.class)).hasValue(2);
			assertThat(client.tryCall(node.uri(), "count").body()).contains("cannot have more than 2 attributes")
				.doesNotContain("io.github", client.sessionId());
			attributes.remove("a");
			assertThat(client.call(node.uri(), "count")).isEqualTo("1");
		}
	}

	@Test
	void theAttributesOfASessionHaveOnlySoManyBytes() {
		try (Node node = start()) {
			RawClient client = new RawClient().initialize(node.uri());
			String tooMuch = "{\"name\":\"a\",\"length\":262144}";
			assertThat(client.tryCall(node.uri(), "keep", tooMuch).body())
				.contains("cannot have more than 262144 bytes in all");
			assertThat(client.call(node.uri(), "attribute", "{\"name\":\"a\"}")).isEqualTo("none");
			assertThat(client.call(node.uri(), "keep", "{\"name\":\"a\",\"length\":262141}")).isEqualTo("kept");
			SessionAttributes attributes = node.manager().attributes(client.sessionId());
			assertThatExceptionOfType(SessionLimitException.class).isThrownBy(() -> attributes.put("b", 1));
			assertThatExceptionOfType(SessionLimitException.class)
				.isThrownBy(() -> attributes.put("a", "\u00e9".repeat(200_000)));
			attributes.put("a", "\u00e9".repeat(100_000));
			attributes.put("b", 1);
		}
	}

	@Test
	void customizersHaveTheSameLimits() {
		try (Node node = Node.start(List.of(TestApplication.class, GreedyCustomizer.class), "A", List.of())) {
			HttpResponse<String> response = new RawClient().tryInitialize(node.uri());
			assertThat(response.statusCode()).isEqualTo(500);
			assertThat(node.bean(GreedyCustomizer.class).failure).isInstanceOf(SessionLimitException.class);
		}
	}

	@Test
	void aSessionHasOnlySoManySubscriptions() {
		try (Node node = start("mcp.session.limits.max-subscriptions=2")) {
			RawClient client = new RawClient().initialize(node.uri());
			assertThat(subscribe(client, node, "test://a")).contains("\"result\"");
			assertThat(subscribe(client, node, "test://b")).contains("\"result\"");
			assertThat(subscribe(client, node, "test://c")).contains("-32602", "too many subscriptions");
			assertThat(subscribe(client, node, "test://b")).contains("\"result\"");
			client.request(node.uri(), "resources/unsubscribe", "{\"uri\":\"test://a\"}");
			assertThat(subscribe(client, node, "test://" + "x".repeat(2048))).contains("-32602", "too long");
			assertThat(subscribe(client, node, "test://c")).contains("\"result\"");
			assertThat(node.manager().find(client.sessionId()).orElseThrow().subscriptions())
				.containsExactlyInAnyOrder("test://b", "test://c");
		}
	}

	private static String subscribe(RawClient client, Node node, String uri) {
		return client.request(node.uri(), "resources/subscribe", "{\"uri\":\"" + uri + "\"}");
	}

	@Test
	void aNodeMakesOnlySoManyNewSessionsPerSecond() {
		String namespace = "limits-rate";
		try (Node node = Node.start("A", TestServers.redisProperties(), "mcp.session.namespace=" + namespace,
				"mcp.session.limits.new-sessions-per-second=3")) {
			List<HttpResponse<String>> made = new ArrayList<>();
			List<HttpResponse<String>> refused = new ArrayList<>();
			IntStream.range(0, 60)
				.mapToObj((i) -> new RawClient().tryInitialize(node.uri()))
				.forEach((response) -> ((response.statusCode() == 200) ? made : refused).add(response));
			assertThat(made).isNotEmpty();
			assertThat(refused).isNotEmpty().allSatisfy((response) -> {
				assertThat(response.statusCode()).isEqualTo(429);
				assertThat(response.headers().firstValue("Retry-After")).get(STRING).matches("[1-3]");
				assertThat(response.headers().firstValue("Mcp-Session-Id")).isEmpty();
				assertThat(response.body()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":\"init\",\"error\":{\"code\":-32000,"
						+ "\"message\":\"Too many new sessions, try again\"}}");
			});
			assertThat(RedisKeyspace.sessions(namespace)).hasSameSizeAs(made);
			RawClient client = new RawClient();
			await().until(() -> {
				HttpResponse<String> response = client.tryInitialize(node.uri());
				response.headers().firstValue("Mcp-Session-Id").ifPresent(client::sessionId);
				return response.statusCode() == 200;
			});
			for (int i = 1; i <= 10; i++) {
				assertThat(client.call(node.uri(), "count")).isEqualTo(String.valueOf(i));
			}
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class GreedyCustomizer {

		private volatile RuntimeException failure;

		@Bean
		SessionCustomizer greedy() {
			return (session) -> {
				try {
					session.setAttribute("a", Map.of("b", "x".repeat(300_000)));
				}
				catch (SessionLimitException ex) {
					this.failure = ex;
					throw ex;
				}
			};
		}

	}

}
