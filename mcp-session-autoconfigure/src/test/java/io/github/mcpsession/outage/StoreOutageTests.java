package io.github.mcpsession.outage;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RawSocket;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.RedisProcess;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import redis.embedded.RedisServer;

import org.springframework.data.redis.core.RedisCallback;

import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

/**
 * A Redis process that ends, or hangs, while a server uses it.
 */
class StoreOutageTests {

	private static final String DISCOVER = "{\"jsonrpc\":\"2.0\",\"id\":\"d-1\",\"method\":\"server/discover\"}";

	private static final Duration LIMIT = Duration.ofSeconds(2);

	private int port;

	private RedisServer redis;

	private String processId;

	private Node node;

	@BeforeEach
	void start() throws IOException {
		this.port = TestServers.freePort();
		this.redis = TestServers.newRedis(this.port);
		this.redis.start();
		this.processId = processId();
		this.node = Node.start(List.of(TestApplication.class, Browsers.class), "A",
				List.of("mcp.session.store=redis", "spring.data.redis.port=" + this.port));
	}

	@AfterEach
	void stop() throws IOException {
		this.node.close();
		this.redis.stop();
	}

	enum Outage {

		/**
		 * Connections are refused.
		 */
		STOPPED,

		/**
		 * Connections are accepted, and nothing is answered: worse than a stop.
		 */
		HANGING

	}

	@ParameterizedTest
	@EnumSource(Outage.class)
	void sessionsOfThisNodeAreServedAndAllElseIsUnavailableUntilTheStoreIsBack(Outage outage) throws Exception {
		RawClient local = new RawClient().initialize(this.node.uri());
		RawClient listener = new RawClient().initialize(this.node.uri());
		assertThat(local.call(this.node.uri(), "node")).isEqualTo("A");
		begin(outage);
		try {
			List<CompletableFuture<Timed>> unknown = IntStream.range(0, 20)
				.mapToObj((i) -> timed(
						() -> new RawClient().sessionId(UUID.randomUUID().toString()).tryCall(this.node.uri(), "node")))
				.toList();
			assertThat(unknown).allSatisfy((call) -> assertUnavailable(call.join()));
			// so that they do not all come back at once
			assertThat(unknown.stream().map((call) -> call.join().response().headers().firstValue("Retry-After")))
				.containsAnyOf(Optional.of("2"), Optional.of("3"));
			assertThat(local.call(this.node.uri(), "node")).isEqualTo("A");
			assertThat(listener.call(this.node.uri(), "whoami")).isEqualTo(listener.sessionId());
			assertUnavailable(timed(() -> new RawClient().tryInitialize(this.node.uri())).join());
			assertUnavailable(timed(() -> new RawClient().sessionId("unknown").tryInitialize(this.node.uri())).join());
			assertUnavailable(timed(() -> local.delete(this.node.uri())).join());
			assertThat(local.call(this.node.uri(), "node")).isEqualTo("A");
			assertUnavailable(timed(() -> new RawClient().sessionId("x").get(this.node.uri())).join());
			assertReadableForBrowsers();
			HttpResponse<String> probe = new RawClient().post(this.node.uri(), DISCOVER);
			assertThat(probe.statusCode()).isEqualTo(400);
			assertThat(probe.body()).contains("\"id\":\"d-1\"", "-32601");
		}
		finally {
			end(outage);
		}
		await().atMost(Duration.ofSeconds(3)).untilAsserted(() -> {
			assertThat(new RawClient().tryInitialize(this.node.uri()).statusCode()).isEqualTo(200);
			assertThat(new RawClient().sessionId("unknown").tryCall(this.node.uri(), "node").statusCode())
				.isEqualTo(404);
		});
		if (outage == Outage.HANGING) {
			assertThat(local.call(this.node.uri(), "count")).isEqualTo("1");
			assertThat(local.delete(this.node.uri()).statusCode()).isEqualTo(200);
		}
		else {
			// this Redis has lost its data with its process
			RawClient.assertNotFound(local.tryCall(this.node.uri(), "node"));
		}
	}

	/**
	 * Neither those who want to write nor the events of calls refuse others what they
	 * read.
	 */
	@Test
	void aStoreThatIsFullIsReadAllTheSame() {
		try (Node other = Node.start("B", List.of("mcp.session.store=redis", "spring.data.redis.port=" + this.port))) {
			List<RawClient> clients = Stream.generate(() -> new RawClient().initialize(other.uri())).limit(20).toList();
			RedisProcess.command(this.port, "CONFIG SET maxmemory 1");
			for (RawClient client : clients) {
				assertUnavailable(timed(() -> new RawClient().tryInitialize(this.node.uri())).join());
				assertUnavailable(timed(() -> new RawClient().tryInitialize(this.node.uri())).join());
				assertThat(client.call(this.node.uri(), "node")).isEqualTo("A");
				assertThat(client.call(this.node.uri(), "attribute", "{\"name\":\"x\"}")).isEqualTo("none");
				assertThat(client.tryCall(this.node.uri(), "count").body()).contains("did not respond to 'replace'");
			}
			RedisProcess.command(this.port, "CONFIG SET maxmemory 0");
			assertThat(clients)
				.allSatisfy((client) -> assertThat(client.call(this.node.uri(), "count")).isEqualTo("1"));
		}
	}

	/**
	 * None of the nodes that held its session is there any more.
	 */
	@Test
	void aSubscriberHearsOfAnUpdateThoughItsNodeIsGone() {
		RawClient client = new RawClient().initialize(this.node.uri());
		client.request(this.node.uri(), "resources/subscribe", "{\"uri\":\"test://thing\"}");
		this.node.close();
		this.node = Node.start("B", List.of("mcp.session.store=redis", "spring.data.redis.port=" + this.port));
		new RawClient().initialize(this.node.uri()).call(this.node.uri(), "update", "{\"uri\":\"test://thing\"}");
		client.listening(this.node.uri()).awaitMethod("notifications/resources/updated");
	}

	@Test
	void aListenerThatCameDuringTheOutageIsFoundAfterIt() throws Exception {
		// local copies are looked after four times in the idle timeout
		String often = "mcp.session.local.idle-timeout=2s";
		List<String> properties = List.of("mcp.session.store=redis", "spring.data.redis.port=" + this.port, often);
		try (Node a = Node.start("A", properties); Node b = Node.start("B", properties)) {
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(client.call(b.uri(), "node")).isEqualTo("B");
			signal("STOP");
			EventStreamReader stream;
			try {
				stream = client.listening(a.uri());
				await().pollDelay(Duration.ofSeconds(4)).until(() -> true);
			}
			finally {
				signal("CONT");
			}
			await().atMost(Duration.ofSeconds(10))
				.ignoreExceptions()
				.until(() -> b.manager().find(client.sessionId()).orElseThrow().listener() != null);
			CompletableFuture<HttpResponse<String>> notified = CompletableFuture.supplyAsync(() -> client.post(b.uri(),
					"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/roots/list_changed\"}"));
			String id = stream.awaitMethod("roots/list").path("id").asString();
			assertThat(client.answer(b.uri(), id, "{\"roots\":[]}").statusCode()).isEqualTo(202);
			assertThat(notified.join().statusCode()).isEqualTo(202);
		}
	}

	/**
	 * What the log could not be told of is sent, and a client that asks for it later is
	 * not fooled, and gets the response. The end of the stream is written when the store
	 * is back.
	 */
	@Test
	void aCallGoesOnDuringTheOutageAndItsGapIsKnownAfterIt() throws Exception {
		RawClient client = new RawClient().initialize(this.node.uri());
		EventStreamReader call = client.callStreaming(this.node.uri(), "ten", "{\"pause\":100}");
		call.awaitEvents(3);
		signal("STOP");
		try {
			assertThat(call.awaitText()).isEqualTo("ten sent by A");
			assertThat(call.messageEvents()).hasSize(11)
				.extracting(EventStreamReader.Event::id)
				.doesNotHaveDuplicates();
		}
		finally {
			signal("CONT");
		}
		await().atMost(Duration.ofSeconds(10))
			.ignoreExceptions()
			.until(() -> client.call(this.node.uri(), "count").matches("\\d+"));
		List<EventStreamReader.Event> events = call.messageEvents();
		EventStreamReader last = client.listening(this.node.uri(), events.get(9).id());
		assertThat(last.awaitText()).isEqualTo("ten sent by A");
		last.awaitEnd();
		assertThat(last.messageEvents()).isEqualTo(events.subList(10, 11));
		EventStreamReader gap = client.listening(this.node.uri(), events.get(0).id());
		gap.awaitEnd();
		List<EventStreamReader.Event> told = gap.messageEvents();
		assertThat(told).hasSizeBetween(2, 10).last().isEqualTo(events.get(10));
		assertThat(told).filteredOn((event) -> !events.contains(event))
			.isNotEmpty()
			.allMatch((event) -> event.message().at("/params/data/reason").asString().equals("messages-lost"));
	}

	@Test
	void aListenerIsToldOfTheGapAfterTheOutage() throws Exception {
		RawClient client = new RawClient().initialize(this.node.uri());
		EventStreamReader stream = client.listening(this.node.uri());
		stream.awaitEvents(1);
		client.call(this.node.uri(), "notify", "{\"text\":\"before\"}");
		stream.awaitMethod("notifications/message");
		String last = stream.lastEventId();
		signal("STOP");
		try {
			client.call(this.node.uri(), "notify", "{\"text\":\"meanwhile\"}");
			await().atMost(Duration.ofSeconds(10)).until(() -> stream.messages().size() == 2);
		}
		finally {
			signal("CONT");
		}
		assertThat(stream.lastEventId()).isEqualTo(last);
		await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
			client.call(this.node.uri(), "notify", "{\"text\":\"after\"}");
			assertThat(stream.lastEventId()).isNotEqualTo(last);
		});
		stream.cut();
		EventStreamReader resumed = client.listening(this.node.uri(), last);
		resumed.awaitEvents(3);
		assertThat(resumed.messages().get(0).at("/params/data/reason").asString("")).isEqualTo("messages-lost");
	}

	private String processId() {
		return RedisKeyspace.look(this.port, (redis) -> redis.execute((RedisCallback<String>) (
				connection) -> connection.serverCommands().info("server").getProperty("process_id")));
	}

	private void begin(Outage outage) throws Exception {
		if (outage == Outage.STOPPED) {
			this.redis.stop();
		}
		else {
			signal("STOP");
		}
	}

	private void end(Outage outage) throws Exception {
		if (outage == Outage.STOPPED) {
			this.redis = TestServers.newRedis(this.port);
			this.redis.start();
		}
		else {
			signal("CONT");
		}
	}

	private void assertReadableForBrowsers() {
		RawSocket.Answer answer = RawSocket.send(this.node.uri(), "POST",
				List.of("Mcp-Session-Id: unknown", "Origin: http://localhost:6274"), DISCOVER);
		assertThat(answer.status()).isEqualTo(503);
		assertThat(answer.header("Access-Control-Allow-Origin")).hasValue("http://localhost:6274");
		assertThat(answer.head()).containsIgnoringCase("Access-Control-Expose-Headers: Retry-After");
		assertThat(answer.header("Retry-After"))
			.hasValueSatisfying((seconds) -> assertThat(seconds).isIn("1", "2", "3"));
		assertThat(answer.header("Cache-Control")).hasValue("no-store");
	}

	private void signal(String signal) throws Exception {
		assertThat(new ProcessBuilder("kill", "-" + signal, this.processId).start().waitFor()).isZero();
	}

	private record Timed(HttpResponse<String> response, Duration duration) {
	}

	private static CompletableFuture<Timed> timed(java.util.function.Supplier<HttpResponse<String>> request) {
		CompletableFuture<Timed> timed = new CompletableFuture<>();
		new Thread(() -> {
			long start = System.nanoTime();
			try {
				HttpResponse<String> response = request.get();
				timed.complete(new Timed(response, Duration.ofNanos(System.nanoTime() - start)));
			}
			catch (RuntimeException ex) {
				timed.completeExceptionally(ex);
			}
		}).start();
		return timed;
	}

	private static void assertUnavailable(Timed timed) {
		assertThat(timed.response().statusCode()).as(timed.response().body()).isEqualTo(503);
		assertThat(timed.response().headers().firstValue("Retry-After")).get(STRING).matches("[1-3]");
		assertThat(timed.response().headers().firstValue("Mcp-Session-Id")).isEmpty();
		assertThat(timed.response().body())
			.matches("\\{\"jsonrpc\":\"2.0\",\"id\":(null|1|\"init\"),\"error\":\\{\"code\":-32603,.*");
		assertThat(timed.duration()).isLessThan(LIMIT);
	}

	@Configuration(proxyBeanMethods = false)
	static class Browsers implements WebMvcConfigurer {

		@Override
		public void addCorsMappings(CorsRegistry registry) {
			registry.addMapping("/mcp").allowedOrigins("http://localhost:6274").allowedMethods("POST");
		}

	}

}
