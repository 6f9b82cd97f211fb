package io.github.mcpsession.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiFunction;

import io.github.mcpsession.testing.EarlierSdk;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Clients of earlier releases of the Java SDK, which accept less of SSE than there is:
 * 0.11.1 no comment, none before 2.1 the field "retry" (java-sdk #443, #1047). Each line
 * that is no part of a message may use up some of what they have asked for, too.
 */
class JavaClientTests {

	private static final int HEARTBEATS = 400;

	@AutoClose
	private static Node node;

	@BeforeAll
	static void start() {
		node = Node.start("A", List.of("mcp.session.streams.heartbeat-interval=1ms"));
	}

	@ParameterizedTest
	@CsvSource({ "0.11.1, 2025-03-26", "1.0.0, 2025-11-25", "1.1.5, 2025-11-25", "2.0.0, 2025-11-25",
			"2.0.1, 2025-11-25", "2.1.0, 2025-11-25" })
	void aClientWithAndWithoutAUserAgentOfItsOwnIsServed(String version, String protocolVersion)
			throws InterruptedException {
		try (EarlierSdk sdk = EarlierSdk.load(version)) {
			List<BiFunction<String, Map<String, Object>, Object>> clients = List
				.of(sdk.client(node.uri(), "acme-agent/1.0"), sdk.client(node.uri(), null));
			for (BiFunction<String, Map<String, Object>, Object> client : clients) {
				assertThat(client.apply("initialize", Map.of())).isEqualTo(protocolVersion);
				assertThat((Integer) client.apply("list", Map.of())).isPositive();
				assertThat(client.apply("node", Map.of())).isEqualTo("A");
				assertThat(client.apply("slow", Map.of("millis", 700))).isEqualTo("done");
				assertThat(client.apply("log", Map.of())).isEqualTo("logged");
				await().atMost(Duration.ofSeconds(10)).until(() -> (Integer) client.apply("progress", Map.of()) >= 3);
			}
			heartbeats();
			assertHearOfAChange(clients);
			clients.forEach((client) -> client.apply("close", Map.of()));
		}
	}

	private static void heartbeats() throws InterruptedException {
		for (int i = 0; i < HEARTBEATS; i++) {
			node.bean(ManagedServers.class).defaultServer().runPeriodicTasks();
			Thread.sleep(4);
		}
	}

	private static void assertHearOfAChange(List<BiFunction<String, Map<String, Object>, Object>> clients) {
		new RawClient().initialize(node.uri()).call(node.uri(), "addTool", "{\"name\":\"" + UUID.randomUUID() + "\"}");
		clients.forEach((client) -> await().atMost(Duration.ofSeconds(10))
			.until(() -> (Integer) client.apply("changes", Map.of()) > 0));
	}

}
