package io.github.mcpsession;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.github.mcpsession.testing.ProcessNode;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.SseStream;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

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
			SseStream call = client.callStreaming(a.uri(), "elicit", "{\"question\":\"q\"}");
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

}
