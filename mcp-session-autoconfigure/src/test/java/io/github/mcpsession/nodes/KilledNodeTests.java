package io.github.mcpsession.nodes;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.ProcessNode;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A node that dies while it waits for its client.
 */
class KilledNodeTests {

	private static final Duration NODE_TIMEOUT = Duration.ofSeconds(3);

	@Test
	void anAnswerForADeadNodeIsRefusedAndTheSessionLivesOn() {
		List<String> properties = new ArrayList<>(TestServers.redisProperties());
		properties.add("mcp.session.cluster.heartbeat-interval=500ms");
		properties.add("mcp.session.cluster.node-timeout=" + NODE_TIMEOUT.toMillis() + "ms");
		try (ProcessNode a = ProcessNode.start("A", properties); ProcessNode b = ProcessNode.start("B", properties)) {
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(client.call(b.uri(), "node")).isEqualTo("B");
			EventStreamReader call = client.callStreaming(a.uri(), "elicit", "{\"question\":\"q\"}");
			String id = call.awaitMethod("elicitation/create").path("id").asString();
			a.kill();
			await().atMost(NODE_TIMEOUT.plusSeconds(1)).untilAsserted(() -> {
				var refused = client.answer(b.uri(), id, "{\"action\":\"decline\"}");
				assertThat(refused.statusCode()).isEqualTo(400);
				assertThat(refused.body()).contains("\"error\"");
			});
			assertThat(client.call(b.uri(), "count")).isEqualTo("1");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "redis", "postgres" })
	void theStreamOfACallOfADeadNodeEndsWithAnError(String store) {
		List<String> properties = new ArrayList<>(store.equals("redis") ? TestServers.redisProperties()
				: TestServers.jdbcProperties(TestServers.postgresUrl()));
		properties.add("mcp.session.namespace=killed");
		properties.add("mcp.session.cluster.heartbeat-interval=500ms");
		properties.add("mcp.session.cluster.node-timeout=" + NODE_TIMEOUT.toMillis() + "ms");
		try (ProcessNode a = ProcessNode.start("A", properties); ProcessNode b = ProcessNode.start("B", properties)) {
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(client.call(b.uri(), "node")).isEqualTo("B");
			EventStreamReader call = client.callStreaming(a.uri(), "slow", "{\"millis\":60000}");
			call.awaitEvents(1);
			EventStreamReader resumed = client.listening(b.uri(), call.lastEventId());
			resumed.awaitEvents(1);
			a.kill();
			long killed = System.nanoTime();
			resumed.awaitEnd();
			System.out.printf("%s: the stream ended %d ms after its node was killed (node time-out %d ms)%n", store,
					Duration.ofNanos(System.nanoTime() - killed).toMillis(), NODE_TIMEOUT.toMillis());
			assertThat(resumed.messages()).hasSize(1);
			assertThat(resumed.messages().get(0).path("id").asInt()).isEqualTo(2);
			assertThat(resumed.messages().get(0).at("/error/message").asString()).contains("node");
			EventStreamReader later = client.listening(b.uri(), call.lastEventId());
			later.awaitEnd();
			assertThat(later.messageEvents()).isEqualTo(resumed.messageEvents());
			assertThat(client.call(b.uri(), "count")).isEqualTo("1");
		}
	}

}
