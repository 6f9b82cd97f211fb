package io.github.mcpsession.nodes;

import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The SDK's keep-alive, on two nodes that both hold the session.
 */
class KeepAliveTests {

	private static final String KEEP_ALIVE = "spring.ai.mcp.server.streamable-http.keep-alive-interval=300ms";

	@Test
	void pingsComeFromTheNodeThatTheClientListensToOnly() {
		try (Node a = Node.start("A", TestServers.redisProperties(), KEEP_ALIVE);
				Node b = Node.start("B", TestServers.redisProperties(), KEEP_ALIVE)) {
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(client.call(b.uri(), "node")).isEqualTo("B");
			EventStreamReader stream = client.listening(a.uri());
			await().atMost(Duration.ofSeconds(10)).until(() -> stream.messages().size() >= 4);
			assertThat(stream.methods()).containsOnly("ping");
			Set<String> ids = stream.messages()
				.stream()
				.map((message) -> message.path("id").asString())
				.collect(Collectors.toSet());
			assertThat(ids).hasSameSizeAs(stream.messages()).allMatch((id) -> id.endsWith("@" + a.nodeName()));
			for (String id : ids) {
				assertThat(client.answer(b.uri(), id, "{}").statusCode()).isEqualTo(202);
			}
		}
	}

}
