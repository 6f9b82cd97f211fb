package io.github.mcpsession.load;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

/**
 * What a warm tool call costs, beside the same server without this library. Not a test,
 * and run only when asked for: {@code -Dtest=LatencyBenchmark -DargLine=}.
 */
class LatencyBenchmark {

	private static final int WARM_UP = 2000;

	private static final int ROUNDS = 40;

	private static final int CALLS = 100;

	@Test
	void warmToolCall() {
		Map<String, List<String>> setUps = new LinkedHashMap<>();
		setUps.put("plain (mcp.session.enabled=false)", List.of("mcp.session.enabled=false"));
		List<String> stores = List.of("memory", "redis", "postgresql");
		for (String store : stores) {
			List<String> properties = switch (store) {
				case "redis" -> TestServers.redisProperties();
				case "postgresql" -> TestServers.jdbcProperties(TestServers.postgresUrl());
				default -> List.of();
			};
			for (boolean resumable : new boolean[] { false, true }) {
				List<String> all = new ArrayList<>(properties);
				all.add("mcp.session.streams.resumable=" + resumable);
				setUps.put(store + ", resumable=" + resumable, all);
			}
		}
		Map<String, Node> nodes = new LinkedHashMap<>();
		Map<String, RawClient> clients = new LinkedHashMap<>();
		Map<String, long[]> micros = new LinkedHashMap<>();
		setUps.forEach((name, properties) -> {
			Node node = Node.start("A", properties);
			RawClient client = new RawClient().initialize(node.uri());
			for (int i = 0; i < WARM_UP; i++) {
				client.call(node.uri(), "node");
			}
			nodes.put(name, node);
			clients.put(name, client);
			micros.put(name, new long[ROUNDS * CALLS]);
		});
		// in turns, so that what else the machine does is the same for all
		for (int round = 0; round < ROUNDS; round++) {
			for (String name : nodes.keySet()) {
				for (int i = 0; i < CALLS; i++) {
					long start = System.nanoTime();
					clients.get(name).call(nodes.get(name).uri(), "node");
					micros.get(name)[round * CALLS + i] = (System.nanoTime() - start) / 1000;
				}
			}
		}
		micros.forEach((name, times) -> {
			Arrays.sort(times);
			System.out.printf("%-40s median %5d us, p99 %6d us%n", name, times[times.length / 2],
					times[times.length * 99 / 100]);
		});
		nodes.values().forEach(Node::close);
	}

}
