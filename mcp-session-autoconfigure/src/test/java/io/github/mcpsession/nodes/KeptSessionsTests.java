package io.github.mcpsession.nodes;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.github.mcpsession.redis.RedisSessionStore;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.util.ReflectionTestUtils;
import org.springframework.util.ClassUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * How long sessions are kept with the defaults, and that the next release of the
 * application serves them on.
 */
class KeptSessionsTests {

	private static final String NAMESPACE = "kept";

	@AutoClose
	private static Node node;

	@AutoClose
	private static Node next;

	@BeforeAll
	static void start() {
		node = Node.start(List.of(TestApplication.class, Counting.class), "A", TestServers.redisProperties(),
				"mcp.session.namespace=" + NAMESPACE);
		next = Node.start(List.of(TestApplication.class, NextRelease.class), "B", TestServers.redisProperties(),
				"mcp.session.namespace=" + NAMESPACE);
	}

	private static Duration life(RawClient client) {
		return Duration.ofMillis(RedisKeyspace.look(TestServers.redisPort(),
				(redis) -> redis.getExpire(key(client), TimeUnit.MILLISECONDS)));
	}

	private static String key(RawClient client) {
		return RedisKeyspace.keys("mcp:session:" + NAMESPACE + ":*" + client.sessionId() + "}").iterator().next();
	}

	/**
	 * Have time pass for a session that nobody uses meanwhile.
	 */
	private static void pass(RawClient client, Duration time) {
		String key = key(client);
		Duration left = life(client).minus(time);
		RedisKeyspace.look(TestServers.redisPort(), (redis) -> redis.expire(key, left));
		Object local = ReflectionTestUtils.getField(node.bean(ManagedServers.class).defaultServer(), "local");
		ReflectionTestUtils.invokeMethod(local, "evictIdle", Duration.ZERO);
	}

	@Test
	void aSessionThatWasIdleForAnHourIsServed() {
		RawClient client = new RawClient().initialize(node.uri());
		client.call(node.uri(), "count");
		await().until(() -> life(client).toHours() >= 23);
		pass(client, Duration.ofHours(1));
		assertThat(client.call(node.uri(), "count")).isEqualTo("2");
		pass(client, Duration.ofHours(22));
		assertThat(client.call(node.uri(), "count")).isEqualTo("3");
		await().until(() -> life(client).toHours() >= 23);
	}

	@Test
	void aSessionThatIsNotUsedAfterItsHandshakeLivesTenMinutes() {
		for (Node other : List.of(node, next)) {
			RawClient client = new RawClient();
			client.sessionId(client.tryInitialize(node.uri()).headers().firstValue("Mcp-Session-Id").orElseThrow());
			assertThat(client.post(other.uri(), "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}")
				.statusCode()).isEqualTo(202);
			client.post(other.uri(), "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
			assertThat(life(client)).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
			client.request(other.uri(), "tools/list", "{}");
			await().until(() -> life(client).toHours() >= 23);
		}
	}

	@Test
	void aClientThatOnlyListensUsesItsSession() {
		RawClient client = new RawClient().initialize(node.uri());
		EventStreamReader listening = client.listening(node.uri());
		await().until(() -> life(client).toHours() >= 23);
		listening.cut();
	}

	@Test
	void aClientHearsOnceThatTheNextReleaseOffersOtherTools() {
		RawClient client = new RawClient().initialize(node.uri());
		EventStreamReader listening = client.listening(node.uri());
		listening.awaitEvents(1);
		client.call(node.uri(), "node");
		client.call(next.uri(), "node");
		listening.awaitMethod("notifications/tools/list_changed");
		for (int i = 0; i < 5; i++) {
			client.call(next.uri(), "node");
			client.call(node.uri(), "node");
		}
		RawClient newer = new RawClient().initialize(next.uri());
		EventStreamReader another = newer.listening(next.uri());
		another.awaitEvents(1);
		newer.call(next.uri(), "notify", "{\"text\":\"x\"}");
		another.awaitMethod("notifications/message");
		assertThat(listening.methods()).containsExactly("notifications/tools/list_changed");
		assertThat(another.methods()).containsExactly("notifications/message");
		listening.cut();
		another.cut();
	}

	@Test
	void aCallOfAClientThatListensNoMoreCostsNoMore() {
		RawClient client = new RawClient().initialize(node.uri());
		client.call(node.uri(), "node");
		EventStreamReader listening = client.listening(node.uri());
		listening.awaitEvents(1);
		await().until(() -> node.manager().find(client.sessionId()).orElseThrow().listener() != null);
		ReflectionTestUtils.invokeMethod(node.bean(ManagedServers.class), "drain", true);
		listening.awaitEnd();
		ReflectionTestUtils.invokeMethod(node.bean(ManagedServers.class), "drain", false);
		await().until(() -> node.manager().find(client.sessionId()).orElseThrow().listener() == null);
		client.call(node.uri(), "node");
		client.call(node.uri(), "node");
		Counting counting = node.bean(Counting.class);
		counting.calls.clear();
		for (int i = 0; i < 10; i++) {
			client.call(node.uri(), "node");
		}
		assertThat(counting.calls).hasSize(10).containsOnly("findVersion");
		new RawClient().initialize(node.uri()).call(node.uri(), "update", "{\"uri\":\"test://nobody\"}");
		counting.calls.clear();
		client.call(node.uri(), "node");
		assertThat(counting.calls).containsOnly("findVersion");
	}

	/**
	 * Counts the calls of request threads to the store.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Counting implements BeanPostProcessor {

		final List<String> calls = new CopyOnWriteArrayList<>();

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			if (!(bean instanceof RedisSessionStore) && !(bean instanceof EventLog)) {
				return bean;
			}
			return Proxy.newProxyInstance(getClass().getClassLoader(), ClassUtils.getAllInterfaces(bean),
					(proxy, method, arguments) -> {
						if (!method.getName().equals("endsInTime")
								&& Thread.currentThread().getName().contains("exec")) {
							this.calls.add(method.getName());
						}
						return method.invoke(bean, arguments);
					});
		}

	}

	/**
	 * What the next release has more.
	 */
	@Configuration(proxyBeanMethods = false)
	static class NextRelease {

		@Bean
		MoreTools moreTools() {
			return new MoreTools();
		}

	}

	static class MoreTools {

		@McpTool(name = "more", description = "Only in the next release")
		public String more() {
			return "more";
		}

	}

}
