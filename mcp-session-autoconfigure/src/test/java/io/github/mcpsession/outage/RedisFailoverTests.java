package io.github.mcpsession.outage;

import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisClusterServers;
import io.github.mcpsession.testing.RedisProcess;
import io.github.mcpsession.testing.RedisSentinelServers;
import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A Redis master that is lost under load, and its replica that takes over.
 */
class RedisFailoverTests {

	private static final int CLIENTS = 6;

	private static final Duration SLOWEST_FAILOVER = Duration.ofSeconds(15);

	/**
	 * Until a client knows the new master: a time-out, a pause, a refused probe.
	 */
	private static final Duration MARGIN = Duration.ofSeconds(5);

	@Test
	void sentinelReplacesAMasterThatIsKilled() throws Exception {
		try (RedisSentinelServers redis = new RedisSentinelServers()) {
			loseNoSession("Sentinel, master killed", redis.properties(), redis.master(), redis::isReplaced,
					redis.master()::kill);
		}
	}

	/**
	 * As when the host of the master is cut off: its connections stay open.
	 */
	@Test
	void sentinelReplacesAMasterThatHangs() throws Exception {
		try (RedisSentinelServers redis = new RedisSentinelServers()) {
			loseNoSession("Sentinel, master hangs", redis.properties(), redis.master(), redis::isReplaced,
					redis.master()::suspend);
		}
	}

	@Test
	void aClusterReplacesAMasterThatHangs() throws Exception {
		try (RedisClusterServers redis = RedisClusterServers.withReplicas()) {
			RedisProcess master = redis.masterOf(SlotHash.getSlot("cluster"));
			RedisProcess replica = redis.replicaOf(master);
			loseNoSession("Cluster, master hangs", redis.properties(), master,
					() -> replica.command("INFO replication").contains("role:master"), master::suspend);
		}
	}

	private static void loseNoSession(String what, List<String> properties, RedisProcess master,
			Callable<Boolean> isReplaced, Runnable loss) throws Exception {
		try (Node a = Node.start("A", properties); Node b = Node.start("B", properties); Load load = new Load()) {
			List<URI> nodes = List.of(a.uri(), b.uri());
			List<RawClient> busy = clients(a.uri());
			List<RawClient> resting = clients(a.uri());
			await().atMost(Duration.ofSeconds(20)).until(() -> isReplicated(master));
			busy.forEach((client) -> load.add((round) -> client.tryCall(nodes.get(round % 2), "count")));
			load.add((round) -> new RawClient().tryInitialize(nodes.get(round % 2)));
			await().atMost(Duration.ofSeconds(10)).until(() -> load.successes() > 100);
			assertThat(load.longestFailure()).isZero();
			long start = System.nanoTime();
			loss.run();
			// node B has never seen these, so it has to ask the store
			resting.forEach((client) -> load.add((round) -> client.tryCall(b.uri(), "whoami")));
			await().atMost(SLOWEST_FAILOVER)
				.pollInterval(Duration.ofMillis(20))
				// a replica that is promoted drops its clients
				.ignoreExceptions()
				.until(isReplaced);
			Duration failover = Duration.ofNanos(System.nanoTime() - start);
			await().atMost(MARGIN.multipliedBy(2)).until(load::isGoingWell);
			load.close();
			System.out.printf("%s: replaced after %d ms, calls failed for %d ms at most, %s%n", what,
					failover.toMillis(), load.longestFailure().toMillis(), load.answers());
			assertThat(load.answers().keySet()).isSubsetOf("200", "200 tool error", "503");
			assertThat(load.longestFailure()).isLessThan(failover.plus(MARGIN));
			for (RawClient client : Stream.concat(busy.stream(), resting.stream()).toList()) {
				assertThat(nodes)
					.allSatisfy((node) -> assertThat(client.call(node, "whoami")).isEqualTo(client.sessionId()));
			}
			RawClient asked = busy.get(0);
			EventStreamReader call = asked.callStreaming(a.uri(), "elicit", "{\"question\":\"q\"}");
			String id = call.awaitMethod("elicitation/create").path("id").asString();
			await().atMost(Duration.ofSeconds(10))
				.until(() -> asked.answer(b.uri(), id, "{\"action\":\"accept\",\"content\":{\"answer\":\"x\"}}")
					.statusCode() == 202);
			assertThat(call.awaitText()).isEqualTo("A heard x");
		}
	}

	private static List<RawClient> clients(URI node) {
		return IntStream.range(0, CLIENTS).mapToObj((i) -> new RawClient().initialize(node)).toList();
	}

	private static boolean isReplicated(RedisProcess master) {
		String info = master.command("INFO replication");
		String offset = info.lines()
			.filter((line) -> line.startsWith("master_repl_offset:"))
			.findFirst()
			.orElseThrow()
			.substring("master_repl_offset:".length())
			.strip();
		return info.contains(",offset=" + offset + ",");
	}

	/**
	 * Clients that make one call after the other.
	 */
	private static final class Load implements AutoCloseable {

		private final ExecutorService executor = Executors.newCachedThreadPool();

		private final Map<String, Integer> answers = new ConcurrentHashMap<>();

		private final Queue<Client> clients = new ConcurrentLinkedQueue<>();

		void add(IntFunction<HttpResponse<String>> call) {
			Client client = new Client();
			this.clients.add(client);
			this.executor.execute(() -> {
				for (int round = 0; !this.executor.isShutdown(); round++) {
					String answer = answer(call, round);
					this.answers.merge(answer, 1, Integer::sum);
					client.note("200".equals(answer));
				}
			});
		}

		private static String answer(IntFunction<HttpResponse<String>> call, int round) {
			try {
				HttpResponse<String> response = call.apply(round);
				return response.statusCode() + (response.body().contains("\"isError\":true") ? " tool error" : "");
			}
			catch (RuntimeException ex) {
				return ex.toString();
			}
		}

		int successes() {
			return this.answers.getOrDefault("200", 0);
		}

		Map<String, Integer> answers() {
			return this.answers;
		}

		Duration longestFailure() {
			return this.clients.stream().map(Client::longestFailure).max(Duration::compareTo).orElseThrow();
		}

		boolean isGoingWell() {
			return this.clients.stream().allMatch((client) -> client.successesInARow.get() > 20);
		}

		@Override
		public void close() throws InterruptedException {
			this.executor.shutdown();
			assertThat(this.executor.awaitTermination(40, TimeUnit.SECONDS)).isTrue();
		}

	}

	/**
	 * How it went for one client, as noted by its thread.
	 */
	private static final class Client {

		private final AtomicInteger successesInARow = new AtomicInteger();

		private boolean failing;

		private volatile long lastSuccess = System.nanoTime();

		private volatile Duration longestFailure = Duration.ZERO;

		void note(boolean success) {
			long now = System.nanoTime();
			if (!success) {
				this.failing = true;
				this.successesInARow.set(0);
				return;
			}
			this.successesInARow.incrementAndGet();
			if (this.failing) {
				this.failing = false;
				Duration failure = Duration.ofNanos(now - this.lastSuccess);
				this.longestFailure = (failure.compareTo(this.longestFailure) > 0) ? failure : this.longestFailure;
			}
			this.lastSuccess = now;
		}

		Duration longestFailure() {
			return this.longestFailure;
		}

	}

}
