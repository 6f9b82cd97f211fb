package io.github.mcpsession.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.github.mcpsession.testing.ProcessNode;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients that come and never say goodbye, and a server with little memory.
 * {@code -Dmany.sessions=100000} for the full number.
 */
class ManySessionsTests {

	private static final int SESSIONS = Integer.getInteger("many.sessions", 5_000);

	private static final int THREADS = 4;

	@ParameterizedTest
	@ValueSource(strings = { "redis", "memory" })
	void sessionsThatAreNeverEndedDoNotFillTheMemory(String store) throws Exception {
		List<String> properties = new ArrayList<>(store.equals("redis") ? TestServers.redisProperties() : List.of());
		properties.add("mcp.session.local.max-sessions=1000");
		ExecutorService executor = Executors.newFixedThreadPool(THREADS);
		try (ProcessNode node = ProcessNode.start("many-" + store, properties, "-Xmx256m",
				"-XX:+ExitOnOutOfMemoryError")) {
			RawClient oldest = new RawClient().initialize(node.uri());
			assertThat(oldest.call(node.uri(), "count")).isEqualTo("1");
			List<Future<?>> clients = new ArrayList<>();
			for (int i = 0; i < THREADS; i++) {
				clients.add(executor.submit(() -> {
					for (int n = 0; n < SESSIONS / THREADS; n++) {
						assertThat(new RawClient().tryInitialize(node.uri()).statusCode()).isEqualTo(200);
					}
				}));
			}
			for (Future<?> client : clients) {
				client.get();
			}
			assertThat(oldest.call(node.uri(), "restored")).isEqualTo("true");
			assertThat(oldest.call(node.uri(), "count")).isEqualTo("2");
		}
		finally {
			executor.shutdownNow();
		}
	}

}
