package io.github.mcpsession.samples.failover;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.github.mcpsession.SessionIds;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Two servers, one of which is killed, and a third that joins; one client, each of whose
 * requests goes to the next server; and a count in a session attribute, which must never
 * break.
 */
public final class FailoverDemo {

	private static final Logger logger = LoggerFactory.getLogger(FailoverDemo.class);

	private static final JsonMapper json = new JsonMapper();

	private final Path directory;

	private final PrintStream out;

	private final long start = System.nanoTime();

	private int calls;

	FailoverDemo(Path directory, PrintStream out) {
		this.directory = directory;
		this.out = out;
	}

	public static void main(String[] args) {
		System.exit(new FailoverDemo(Path.of("target", "failover"), System.out).run() ? 0 : 1);
	}

	/**
	 * Run the demonstration, and print what happens.
	 * @return whether the session survived
	 */
	boolean run() {
		List<String> problems;
		try (Cluster cluster = new Cluster(this.directory)) {
			say("redis", "started on port " + cluster.redisPort());
			problems = Phase.problems(play(cluster));
		}
		catch (RuntimeException ex) {
			logger.error("The demonstration failed", ex);
			problems = List.of("it ended early, by " + ex + "; the logs of the servers are in " + this.directory);
		}
		if (problems.isEmpty()) {
			this.out.printf("%nPASSED: %d calls were counted 1 to %d in one session; one server was killed, one "
					+ "joined, all live ones served calls%n", this.calls, this.calls);
		}
		else {
			this.out.printf("%nFAILED: %s%n", String.join("; ", problems));
		}
		return problems.isEmpty();
	}

	private List<Phase> play(Cluster cluster) {
		List<ServerProcess> two = cluster.join("node-1", "node-2");
		two.forEach((server) -> say(server.name(), "started: " + server));
		McpSyncClient client = connect(cluster);
		try {
			client.initialize();
			say("client", "initialized a session");
			Phase both = call(client, Set.of("node-1", "node-2"), 8);
			two.get(0).kill();
			say("node-1", "KILLED (SIGKILL)");
			Phase one = call(client, Set.of("node-2"), 6);
			cluster.join("node-3").forEach((server) -> say(server.name(), "started: " + server));
			Phase bothAgain = call(client, Set.of("node-2", "node-3"), 8);
			return List.of(both, one, bothAgain);
		}
		finally {
			client.closeGracefully();
		}
	}

	/**
	 * The official client, with every HTTP request sent to the next server.
	 */
	private static McpSyncClient connect(Cluster cluster) {
		HttpClientStreamableHttpTransport transport = HttpClientStreamableHttpTransport.builder("http://127.0.0.1")
			.httpRequestCustomizer((request, method, endpoint, body, context) -> request.uri(cluster.next()))
			.build();
		return McpClient.sync(transport).requestTimeout(Duration.ofSeconds(20)).build();
	}

	private Phase call(McpSyncClient client, Set<String> alive, int times) {
		List<Visit> visits = new ArrayList<>();
		for (int i = 0; i < times; i++) {
			Visit visit = call(client);
			this.calls++;
			visits.add(visit);
			say(visit.node(), "call %2d, count %2d, session %s".formatted(this.calls, visit.count(),
					SessionIds.mask(visit.session())));
		}
		return new Phase(alive, visits);
	}

	private static Visit call(McpSyncClient client) {
		CallToolResult result = client.callTool(CallToolRequest.builder("count").build());
		if (!(result.content().get(0) instanceof McpSchema.TextContent content)
				|| Boolean.TRUE.equals(result.isError())) {
			throw new IllegalStateException("The tool failed: " + result.content());
		}
		return json.readValue(content.text(), Visit.class);
	}

	private void say(String who, String what) {
		double seconds = (System.nanoTime() - this.start) / 1e9;
		this.out.printf("%5.1f s  %-7s %s%n", seconds, who, what);
	}

}
