package io.github.mcpsession.actuate;

import java.util.List;
import java.util.UUID;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.search.Search;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What is counted of known traffic.
 */
class SessionMetersTests {

	private static final String NOTIFY = "{\"text\":\"hello\"}";

	@Test
	void sessionsOfTwoNodes() {
		List<String> properties = TestServers.redisProperties();
		try (Node a = Node.start("A", properties); Node b = Node.start("B", properties)) {
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(count(a, "initialized")).isOne();
			assertThat(count(b, "initialized")).isZero();
			assertThat(gauge(a, "active")).isOne();
			assertThat(gauge(b, "active")).isZero();

			assertThat(client.call(b.uri(), "node")).isEqualTo("B");
			client.call(b.uri(), "node");
			assertThat(gauge(b, "active")).isOne();
			assertThat(timed(b, "restore", "outcome", "success")).isOne();
			assertThat(timed(a, "restore")).isZero();
			new RawClient().sessionId(UUID.randomUUID().toString()).tryCall(b.uri(), "node");
			assertThat(timed(b, "restore", "outcome", "not-found")).isOne();

			assertThat(timed(b, "store", "operation", "find", "outcome", "success", "store", "redis")).isGreaterThan(1);
			assertThat(timed(a, "store", "operation", "create", "outcome", "success")).isOne();
			assertThat(gauge(a, "store.breaker", "state", "closed")).isOne();
			assertThat(gauge(a, "store.breaker", "state", "open")).isZero();

			client.delete(b.uri());
			assertThat(count(b, "terminated", "reason", "client")).isOne();
			await().untilAsserted(() -> assertThat(gauge(a, "active")).isZero());
			assertThat(count(a, "terminated", "reason", "client") + count(a, "terminated", "reason", "expired"))
				.isZero();
			assertThat(gauge(a, "active")).isZero();
			assertThat(gauge(b, "active")).isZero();
			assertNothingNames(client.sessionId(), a, b);
		}
	}

	@Test
	void messagesOfTwoNodes() {
		List<String> properties = TestServers.redisProperties();
		try (Node a = Node.start("A", properties); Node b = Node.start("B", properties)) {
			RawClient client = new RawClient().initialize(a.uri());
			client.call(b.uri(), "notify", NOTIFY);
			assertThat(count(b, "notifications", "delivery", "kept")).isOne();

			EventStreamReader stream = client.listening(a.uri());
			stream.awaitMethod("notifications/message");
			assertThat(count(a, "events", "fate", "replayed")).isOne();
			assertThat(gauge(a, "streams", "kind", "listening")).isOne();
			await().until(() -> a.manager().find(client.sessionId()).orElseThrow().listener() != null);
			stream.clear();
			client.call(b.uri(), "notify", NOTIFY);
			stream.awaitMethod("notifications/message");
			assertThat(count(b, "notifications", "delivery", "elsewhere")).isOne();
			assertThat(count(b, "notifications", "delivery", "kept")).isOne();
			stream.clear();
			client.call(a.uri(), "notify", NOTIFY);
			stream.awaitMethod("notifications/message");
			assertThat(count(a, "notifications", "delivery", "here")).isOne();

			double appended = count(a, "events", "fate", "appended");
			EventStreamReader call = client.callStreaming(a.uri(), "elicit", "{\"question\":\"?\"}");
			String id = call.awaitMethod("elicitation/create").path("id").asString();
			assertThat(gauge(a, "streams", "kind", "call")).isOne();
			String answer = "{\"action\":\"accept\",\"content\":{\"answer\":\"x\"}}";
			assertThat(client.answer(b.uri(), id, answer).statusCode()).isEqualTo(202);
			assertThat(call.awaitText()).isEqualTo("A heard x");
			assertThat(count(b, "replies", "route", "elsewhere")).isOne();
			assertThat(count(a, "events", "fate", "appended") - appended).isEqualTo(2);
			client.answer(a.uri(), id, answer);
			assertThat(count(a, "replies", "route", "refused")).isOne();
			EventStreamReader again = client.callStreaming(a.uri(), "elicit", "{\"question\":\"?\"}");
			client.answer(a.uri(), again.awaitMethod("elicitation/create").path("id").asString(), answer);
			again.awaitText();
			assertThat(count(a, "replies", "route", "here")).isOne();
			await().untilAsserted(() -> assertThat(gauge(a, "streams", "kind", "call")).isZero());
			assertNothingNames(client.sessionId(), a, b);
			stream.cut();
		}
	}

	@Test
	void inMemory() {
		try (Node node = Node.start("A", List.of("mcp.session.streams.max-events=4"))) {
			RawClient client = new RawClient().initialize(node.uri());
			client.call(node.uri(), "ten", "{\"pause\":0}");
			assertThat(count(node, "events", "fate", "appended")).isEqualTo(11);
			assertThat(count(node, "events", "fate", "dropped"))
				.as("one more went when the call was finished, which nobody misses")
				.isEqualTo(6);
			assertThat(count(node, "events", "fate", "unwritten")).isZero();
			new RawClient().sessionId("x").tryCall(node.uri(), "node");
			assertThat(timed(node, "restore", "outcome", "not-found", "store", "memory")).isOne();
			assertThat(gauge(node, "active")).isOne();
			node.manager().terminate(client.sessionId());
			assertThat(count(node, "terminated", "reason", "application")).isOne();
			assertThat(gauge(node, "active")).isZero();
			assertThat(gauge(node, "store.breaker", "state", "closed")).isOne();
			assertNothingNames(client.sessionId(), node);
		}
	}

	@Test
	void streamsThatAreNotResumable() {
		List<String> properties = TestServers.redisProperties();
		String plain = "mcp.session.streams.resumable=false";
		try (Node a = Node.start("A", properties, plain); Node b = Node.start("B", properties, plain)) {
			RawClient client = new RawClient().initialize(a.uri());
			client.call(a.uri(), "notify", NOTIFY);
			assertThat(count(a, "notifications", "delivery", "lost")).isOne();
			EventStreamReader stream = client.listening(a.uri());
			await().until(() -> a.manager().find(client.sessionId()).orElseThrow().listener() != null);
			assertThat(gauge(a, "streams", "kind", "listening")).isOne();
			client.call(b.uri(), "notify", NOTIFY);
			stream.awaitMethod("notifications/message");
			assertThat(count(b, "notifications", "delivery", "elsewhere")).isOne();
			assertThat(count(a, "notifications", "delivery", "here")).isZero();
			stream.cut();
		}
	}

	private static Search search(Node node, String name, String... tags) {
		return node.bean(MeterRegistry.class).find("mcp.session." + name).tags(tags);
	}

	private static double count(Node node, String name, String... tags) {
		return search(node, name, tags).counter().count();
	}

	private static double gauge(Node node, String name, String... tags) {
		return search(node, name, tags).gauge().value();
	}

	private static long timed(Node node, String name, String... tags) {
		return search(node, name, tags).timers().stream().mapToLong(Timer::count).sum();
	}

	private static void assertNothingNames(String sessionId, Node... nodes) {
		for (Node node : nodes) {
			List<Meter> ours = node.bean(MeterRegistry.class)
				.getMeters()
				.stream()
				.filter((meter) -> meter.getId().getName().startsWith("mcp.session."))
				.toList();
			assertThat(ours).hasSizeGreaterThan(15);
			assertThat(ours.toString()).doesNotContain(sessionId);
			assertThat(node.bean(PrometheusMeterRegistry.class).scrape()).contains("mcp_session_active")
				.doesNotContain(sessionId);
		}
	}

}
