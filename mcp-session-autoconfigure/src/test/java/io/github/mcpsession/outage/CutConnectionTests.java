package io.github.mcpsession.outage;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TcpProxy;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A node that loses its connection to Redis for a while.
 */
class CutConnectionTests {

	private static final int CALLS = 100;

	private static final Duration OUTAGE = Duration.ofSeconds(3);

	@Test
	void noAnswerForTheNodeIsLost() throws Exception {
		answersArrive(true);
	}

	@Test
	void noAnswerThatTheNodeWasGivenIsLost() throws Exception {
		answersArrive(false);
	}

	private void answersArrive(boolean cutAsker) throws Exception {
		try (TcpProxy proxy = new TcpProxy(TestServers.redisPort());
				Node cut = Node.start("cut",
						List.of("mcp.session.store=redis", "spring.data.redis.port=" + proxy.port()));
				Node whole = Node.start("whole", TestServers.redisProperties())) {
			Node asker = cutAsker ? cut : whole;
			Node told = cutAsker ? whole : cut;
			RawClient client = new RawClient().initialize(asker.uri());
			assertThat(client.call(told.uri(), "node")).isNotNull();
			List<EventStreamReader> calls = new ArrayList<>();
			List<String> ids = new ArrayList<>();
			for (int i = 0; i < CALLS; i++) {
				EventStreamReader call = client.callStreaming(asker.uri(), "elicit", "{\"question\":\"q\"}");
				calls.add(call);
				ids.add(call.awaitMethod("elicitation/create").path("id").asString());
			}
			CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> {
				for (int i = 0; i < CALLS; i++) {
					answer(client, told, ids.get(i), "a" + i);
				}
				// not by the common pool, whose threads the JDK's HTTP client needs
			}, (task) -> new Thread(task).start());
			proxy.cut();
			await().pollDelay(OUTAGE).atMost(OUTAGE.plusSeconds(5)).until(() -> true);
			proxy.heal();
			answered.join();
			for (int i = 0; i < CALLS; i++) {
				assertThat(calls.get(i).awaitText()).endsWith(" heard a" + i);
			}
		}
	}

	/**
	 * As a client does: what was answered by 503 is sent again.
	 */
	private static void answer(RawClient client, Node node, String id, String answer) {
		await().atMost(Duration.ofSeconds(10))
			.pollDelay(Duration.ZERO)
			.pollInterval(Duration.ofMillis(200))
			.until(() -> {
				HttpResponse<String> response = client.answer(node.uri(), id,
						"{\"action\":\"accept\",\"content\":{\"answer\":\"" + answer + "\"}}");
				assertThat(response.statusCode()).isIn(202, 503);
				return response.statusCode() == 202;
			});
	}

}
