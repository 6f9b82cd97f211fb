package io.github.mcpsession.nodes;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.ProcessNode;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Nodes that are stopped and started again, one after the other, under load.
 * {@code -Drolling.rounds=3 -Drolling.pause=0} for more, by clients that never pause:
 * other tests that run meanwhile need some of the machine.
 */
class RollingRestartTests {

	private static final int NODES = 3;

	private static final int CLIENTS = 8;

	private static final int PAUSE = Integer.getInteger("rolling.pause", 20);

	private static final int ROUNDS = Integer.getInteger("rolling.rounds", 1);

	private final HttpClient http = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.connectTimeout(Duration.ofSeconds(2))
		.build();

	private final List<ProcessNode> nodes = new ArrayList<>();

	private final AtomicInteger next = new AtomicInteger();

	private final AtomicLong requests = new AtomicLong();

	private final Queue<String> failures = new ConcurrentLinkedQueue<>();

	private volatile boolean stopped;

	private static List<String> properties() {
		List<String> properties = new ArrayList<>(TestServers.redisProperties());
		properties.add("mcp.session.namespace=rolling");
		properties.add("server.shutdown=graceful");
		properties.add("mcp.session.streams.retry-clients=*");
		return properties;
	}

	@Test
	void nobodyNoticesARollingRestart() {
		for (int i = 0; i < NODES; i++) {
			this.nodes.add(ProcessNode.start("R" + i, properties()));
		}
		try {
			List<CompletableFuture<Void>> clients = new ArrayList<>();
			List<EventStreamReader> listeners = new ArrayList<>();
			for (int i = 0; i < CLIENTS; i++) {
				RawClient client = new RawClient().initialize(this.nodes.get(i % NODES).uri());
				listeners.add(client.listening(this.nodes.get(i % NODES).uri()));
				clients.add(callWithoutPause(client.sessionId()));
			}
			for (int round = 0; round < ROUNDS; round++) {
				for (int i = 0; i < NODES; i++) {
					ProcessNode old = this.nodes.get(i);
					Duration took = old.stop();
					System.out.printf("node %d stopped in %d ms%n", i, took.toMillis());
					assertThat(took).isLessThan(Duration.ofSeconds(10));
					this.nodes.set(i, ProcessNode.start("R" + i, old.port(), properties()));
				}
			}
			this.stopped = true;
			clients.forEach(CompletableFuture::join);
			System.out.printf("%d requests, %d failed: %s%n", this.requests.get(), this.failures.size(), this.failures);
			assertThat(this.failures.stream().filter((failure) -> failure.contains("404"))).isEmpty();
			assertThat(this.failures.size()).isLessThanOrEqualTo(1 + (int) (this.requests.get() / 1000));
			assertThat(listeners).allMatch(EventStreamReader::hasEnded);
			assertThat(listeners.stream()
				.flatMap((listener) -> listener.events().stream())
				.map(EventStreamReader.Event::retry)
				.filter(Objects::nonNull)
				.distinct()).hasSizeGreaterThan(1);
		}
		finally {
			this.stopped = true;
			this.nodes.forEach(ProcessNode::close);
		}
	}

	/**
	 * As a plain round robin would: the next node for each request, and the one after
	 * that if it does not take the connection.
	 */
	private CompletableFuture<Void> callWithoutPause(String sessionId) {
		CompletableFuture<Void> ended = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			int expected = 1;
			while (!this.stopped) {
				String answer = call(sessionId);
				this.requests.incrementAndGet();
				if (!answer.equals(String.valueOf(expected))) {
					this.failures.add(answer);
				}
				LockSupport.parkNanos(Duration.ofMillis(PAUSE).toNanos());
				expected = answer.matches("\\d+") ? Integer.parseInt(answer) + 1 : expected;
			}
			ended.complete(null);
		});
		thread.setDaemon(true);
		thread.start();
		return ended;
	}

	private String call(String sessionId) {
		int first = this.next.getAndIncrement();
		for (int attempt = 0; attempt < NODES; attempt++) {
			URI node = this.nodes.get(Math.floorMod(first + attempt, NODES)).uri();
			HttpRequest request = HttpRequest.newBuilder(node)
				.timeout(Duration.ofSeconds(20))
				.header("Content-Type", "application/json")
				.header("Accept", "application/json, text/event-stream")
				.header("Mcp-Session-Id", sessionId)
				.POST(HttpRequest.BodyPublishers.ofString("""
						{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count","arguments":{}}}
						"""))
				.build();
			try {
				HttpResponse<String> response = this.http.send(request, HttpResponse.BodyHandlers.ofString());
				return (response.statusCode() == 200) ? RawClient.textOf(response.body())
						: "%s from %s: %s".formatted(response.statusCode(), node.getPort(), response.body());
			}
			catch (ConnectException ex) {
				// not taken
			}
			catch (Exception ex) {
				return ex.toString();
			}
		}
		return "no node takes the connection";
	}

}
