package io.github.mcpsession.load;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Many clients and few connections to the database, of which each node keeps one to
 * listen.
 */
class SmallPoolTests {

	private static final int CONNECTIONS = 5;

	private static final int CLIENTS = 32;

	private static final int CALLS = 20;

	@Test
	void nobodyWaitsInVain() throws Exception {
		List<String> properties = new ArrayList<>(TestServers.jdbcProperties(TestServers.postgresUrl()));
		properties.add("spring.datasource.hikari.maximum-pool-size=" + CONNECTIONS);
		properties.add("mcp.session.namespace=small-pool");
		// a machine that is slow is not the point
		properties.add("mcp.session.store-timeout=5s");
		ExecutorService executor = Executors.newFixedThreadPool(CLIENTS);
		try (Node a = Node.start("A", properties); Node b = Node.start("B", properties)) {
			List<URI> nodes = List.of(a.uri(), b.uri());
			List<Callable<List<Long>>> clients = IntStream.range(0, CLIENTS)
				.mapToObj((i) -> (Callable<List<Long>>) () -> callAll(nodes))
				.toList();
			long start = System.nanoTime();
			List<Long> times = new ArrayList<>();
			for (Future<List<Long>> client : executor.invokeAll(clients)) {
				times.addAll(client.get());
			}
			long millis = (System.nanoTime() - start) / 1_000_000;
			Collections.sort(times);
			System.out.printf("Pool of %d, %d clients: %d calls a second, median %d ms, 99%% %d ms, longest %d ms%n",
					CONNECTIONS, CLIENTS, times.size() * 1000L / millis, times.get(times.size() / 2),
					times.get(times.size() * 99 / 100), times.get(times.size() - 1));
			for (Node node : List.of(a, b)) {
				HikariDataSource pool = node.bean(HikariDataSource.class);
				await().untilAsserted(() -> {
					assertThat(pool.getHikariPoolMXBean().getThreadsAwaitingConnection()).isZero();
					assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isOne();
				});
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	private static List<Long> callAll(List<URI> nodes) {
		RawClient client = new RawClient().initialize(nodes.get(0));
		List<Long> times = new ArrayList<>();
		for (int i = 1; i <= CALLS; i++) {
			long start = System.nanoTime();
			HttpResponse<String> response = client.tryCall(nodes.get(i % 2), "count");
			times.add((System.nanoTime() - start) / 1_000_000);
			assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
			assertThat(RawClient.textOf(response.body())).isEqualTo(String.valueOf(i));
		}
		assertThat(client.delete(nodes.get(1)).statusCode()).isEqualTo(200);
		return times;
	}

}
