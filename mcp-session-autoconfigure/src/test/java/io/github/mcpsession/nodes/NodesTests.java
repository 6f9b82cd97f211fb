package io.github.mcpsession.nodes;

import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionCreatedEvent;
import io.github.mcpsession.SessionCustomizer;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionRestoredEvent;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionTerminatedEvent;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.OnBackends;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RoundRobinClient;
import io.github.mcpsession.testing.TestApplication;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Two nodes on one store.
 */
@OnBackends({ Backend.REDIS, Backend.REDIS_JEDIS, Backend.REDIS_RESTRICTED, Backend.REDIS_CLUSTER, Backend.POSTGRESQL,
		Backend.MARIADB })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodesTests {

	@Parameter
	private Backend backend;

	private Node nodeA;

	private Node nodeB;

	private URI a;

	private URI b;

	@BeforeParameterizedClassInvocation
	void startNodes() {
		List<Class<?>> sources = List.of(TestApplication.class, Extensions.class);
		this.nodeA = Node.start(sources, "A", this.backend.properties());
		this.nodeB = Node.start(sources, "B", this.backend.properties());
		this.a = this.nodeA.uri();
		this.b = this.nodeB.uri();
	}

	@AfterParameterizedClassInvocation
	void stopNodes() {
		this.nodeA.close();
		this.nodeB.close();
	}

	@BeforeEach
	void forgetEvents() {
		this.nodeA.bean(Extensions.class).events.clear();
		this.nodeB.bean(Extensions.class).restores.set(0);
		this.nodeB.bean(Extensions.class).events.clear();
	}

	@Test
	void aSessionIsServedByTheOtherNodeUnderItsId() {
		RawClient client = new RawClient().initialize(this.a);
		assertThat(client.call(this.a, "whoami")).isEqualTo(client.sessionId());
		assertThat(client.call(this.b, "whoami")).isEqualTo(client.sessionId());
		assertThat(client.call(this.b, "node")).isEqualTo("B");
		assertThat(client.call(this.b, "client")).isEqualTo("raw 1.0 true");
	}

	@Test
	void attributesAreTheSameOnBothNodes() {
		RawClient client = new RawClient().initialize(this.a);
		for (int i = 1; i <= 10; i++) {
			assertThat(client.call((i % 2 == 0) ? this.a : this.b, "count")).isEqualTo(String.valueOf(i));
		}
	}

	@Test
	void anAttributeMayBeOfAGenericType() {
		record Item(String name, int count) {
		}
		ParameterizedTypeReference<List<Item>> items = new ParameterizedTypeReference<>() {
		};
		RawClient client = new RawClient().initialize(this.a);
		SessionAttributes attributes = this.nodeA.manager().attributes(client.sessionId());
		attributes.put("items", List.of(new Item("x", 1)));
		Item first = attributes.get("items", items).orElseThrow().get(0);
		assertThat(first).isEqualTo(new Item("x", 1));
		List<Item> changed = attributes.update("items", items,
				(current) -> List.of(current.get(0), new Item("y", current.size())));
		assertThat(changed).containsExactly(new Item("x", 1), new Item("y", 1));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> attributes.get("items", new ParameterizedTypeReference<Map<String, Item>>() {
			}))
			.withMessageContaining("Map<");
	}

	@Test
	void concurrentUpdatesOfAnAttributeAreAllKept() {
		RawClient client = new RawClient().initialize(this.a);
		CompletableFuture
			.allOf(IntStream.range(0, 40)
				.mapToObj((i) -> client.callAsync((i % 2 == 0) ? this.a : this.b, "count", "{}"))
				.toArray(CompletableFuture[]::new))
			.join();
		assertThat(client.call(this.a, "count")).isEqualTo("41");
	}

	@Test
	void aHandlerCanTellThatItsSessionWasRestored() {
		RawClient client = new RawClient().initialize(this.a);
		assertThat(client.call(this.a, "restored")).isEqualTo("false");
		assertThat(client.call(this.b, "restored")).isEqualTo("true");
		assertThat(client.call(this.b, "restored")).isEqualTo("false");
	}

	@Test
	void customizersRunBeforeTheFirstSaveAndNothingOverwritesWhatTheySet() {
		RawClient client = new RawClient().initialize(this.a);
		assertThat(client.call(this.b, "attribute", "{\"name\":\"plan\"}")).isEqualTo("gold of raw");
		client.call(this.a, "count");
		client.request(this.b, "logging/setLevel", "{\"level\":\"error\"}");
		assertThat(client.call(this.a, "attribute", "{\"name\":\"plan\"}")).isEqualTo("gold of raw");
	}

	@Test
	void eventsTellOfTheLifeOfASession() {
		RawClient client = new RawClient().initialize(this.a);
		client.call(this.b, "node");
		client.call(this.b, "node");
		client.delete(this.b);
		client.tryCall(this.a, "node");
		// once, on the node that has ended it
		assertThat(this.nodeA.bean(Extensions.class).events).extracting(Object::getClass)
			.containsExactly(SessionCreatedEvent.class);
		assertThat(this.nodeB.bean(Extensions.class).events).extracting(Object::getClass)
			.containsExactly(SessionRestoredEvent.class, SessionTerminatedEvent.class);
		assertThat(this.nodeB.bean(Extensions.class).events.get(1)).hasFieldOrPropertyWithValue("reason",
				SessionTerminatedEvent.Reason.CLIENT);
	}

	@Test
	void aSessionDeletedOnOneNodeIsGoneOnTheOther() {
		RawClient client = new RawClient().initialize(this.a);
		client.call(this.b, "node");
		client.call(this.a, "node");
		assertThat(client.delete(this.b).statusCode()).isEqualTo(200);
		RawClient.assertNotFound(client.tryCall(this.a, "node"));
		RawClient.assertNotFound(client.get(this.a));
		RawClient.assertNotFound(client.delete(this.a));
		RawClient.assertNotFound(client.delete(this.b));
		assertThat(this.nodeA.manager().find(client.sessionId())).isEmpty();
	}

	@Test
	void anApplicationEndsASession() {
		RawClient client = new RawClient().initialize(this.a);
		client.call(this.b, "node");
		assertThat(this.nodeB.manager().terminate(client.sessionId())).isTrue();
		assertThat(this.nodeB.manager().terminate(client.sessionId())).isFalse();
		RawClient.assertNotFound(client.tryCall(this.a, "node"));
		RawClient.assertNotFound(client.tryCall(this.b, "node"));
	}

	@Test
	void firstCallsOnAColdNodeRestoreTheSessionOnce() {
		RawClient client = new RawClient().initialize(this.a);
		List<CompletableFuture<HttpResponse<String>>> calls = IntStream.range(0, 40)
			.mapToObj((i) -> client.callAsync(this.b, "whoami", "{}"))
			.toList();
		assertThat(calls).allSatisfy((call) -> {
			assertThat(call.join().statusCode()).isEqualTo(200);
			assertThat(RawClient.textOf(call.join().body())).isEqualTo(client.sessionId());
		});
		assertThat(this.nodeB.bean(Extensions.class).events).hasOnlyElementsOfType(SessionRestoredEvent.class)
			.hasSize(1);
		assertThat(this.nodeB.bean(Extensions.class).restores).hasValue(1);
	}

	@Test
	void theLogLevelHoldsOnTheOtherNode() {
		RawClient client = new RawClient().initialize(this.a);
		assertThat(client.tryCall(this.b, "log").body()).contains("a INFO message", "a ERROR message")
			.doesNotContain("a DEBUG message");
		client.request(this.a, "logging/setLevel", "{\"level\":\"error\"}");
		assertThat(client.tryCall(this.b, "log").body()).contains("a ERROR message").doesNotContain("a INFO message");
		client.request(this.b, "logging/setLevel", "{\"level\":\"debug\"}");
		assertThat(client.tryCall(this.a, "log").body()).contains("a DEBUG message");
	}

	@Test
	void subscriptionsAreStored() {
		RawClient client = new RawClient().initialize(this.a);
		client.request(this.a, "resources/subscribe", "{\"uri\":\"test://thing\"}");
		client.request(this.b, "resources/subscribe", "{\"uri\":\"test://other\"}");
		client.request(this.b, "resources/unsubscribe", "{\"uri\":\"test://thing\"}");
		assertThat(this.nodeA.manager().find(client.sessionId()).orElseThrow().subscriptions())
			.containsExactly("test://other");
	}

	@Test
	void theOfficialClientDoesNotNotice() {
		List<String> logged = new CopyOnWriteArrayList<>();
		try (McpSyncClient client = RoundRobinClient.create(List.of(this.a, this.b),
				(spec) -> spec.loggingConsumer((message) -> logged.add(message.logger() + ": " + message.data())))) {
			client.initialize();
			assertThat(client.listTools().tools()).extracting(McpSchema.Tool::name).contains("count", "whoami");
			for (int i = 1; i <= 10; i++) {
				assertThat(call(client, "count")).isEqualTo(String.valueOf(i));
			}
			assertThat(List.of(call(client, "node"), call(client, "node"))).containsExactlyInAnyOrder("A", "B");
			assertThat(client.listResources().resources()).extracting(McpSchema.Resource::uri)
				.containsExactly("test://thing");
			for (int i = 0; i < 2; i++) {
				assertThat(
						client.readResource(McpSchema.ReadResourceRequest.builder("test://thing").build()).contents())
					.hasSize(1);
				assertThat(client.listPrompts().prompts()).hasSize(1);
				assertThat(client.getPrompt(McpSchema.GetPromptRequest.builder("greet").build()).messages()).hasSize(1);
				client.ping();
			}
			client.setLoggingLevel(McpSchema.LoggingLevel.ERROR);
			call(client, "log");
			call(client, "log");
			await().untilAsserted(
					() -> assertThat(logged).containsExactlyInAnyOrder("A: a ERROR message", "B: a ERROR message"));
		}
	}

	private static String call(McpSyncClient client, String tool) {
		McpSchema.CallToolResult result = client
			.callTool(McpSchema.CallToolRequest.builder(tool).arguments(java.util.Map.of()).build());
		return ((McpSchema.TextContent) result.content().get(0)).text();
	}

	@Test
	void theSessionIdIsOnTheInitializeResponseOnly() {
		RawClient client = new RawClient();
		HttpResponse<String> initialized = client.tryInitialize(this.a);
		String id = initialized.headers().firstValue("Mcp-Session-Id").orElseThrow();
		assertThat(initialized.headers().allValues("Mcp-Session-Id")).hasSize(1);
		client.sessionId(id);
		assertThat(client.tryCall(this.a, "node").headers().firstValue("Mcp-Session-Id")).isEmpty();
		assertThat(client.tryCall(this.b, "node").headers().firstValue("Mcp-Session-Id")).isEmpty();
	}

	@Test
	void whatIsNoSessionIsNotFound() {
		for (String id : List.of("unknown", "x".repeat(257), "with space", "tab\there", "' OR '1'='1", "{}", "*")) {
			RawClient client = new RawClient().sessionId(id);
			RawClient.assertNotFound(client.tryCall(this.a, "node"));
			RawClient.assertNotFound(client.get(this.a));
			RawClient.assertNotFound(client.delete(this.a));
		}
	}

	@Test
	void requestsWithoutASessionIdGoToTheTransport() {
		assertThat(new RawClient().tryCall(this.a, "node").statusCode()).isEqualTo(400);
		assertThat(new RawClient().get(this.a).statusCode()).isEqualTo(400);
	}

	@Test
	void aCallGoesOnWhileItsSessionIsServedElsewhere() {
		RawClient client = new RawClient().initialize(this.a);
		CompletableFuture<HttpResponse<String>> slow = client.callAsync(this.a, "slow", "{\"millis\":1500}");
		assertThat(client.call(this.b, "node")).isEqualTo("B");
		assertThat(RawClient.textOf(slow.join().body())).isEqualTo("done");
	}

	@Test
	void theManagerTellsWhereSessionsAre() {
		assertThat(this.nodeA.manager().isUsingExternalStore()).isTrue();
		assertThat(this.nodeA.manager().getStorageMode()).isEqualTo(SessionManager.StorageMode.EXTERNAL);
	}

	@Configuration(proxyBeanMethods = false)
	static class Extensions {

		private final List<Object> events = new CopyOnWriteArrayList<>();

		private final AtomicInteger restores = new AtomicInteger();

		@Bean
		SessionCustomizer plan() {
			return (session) -> session.setAttribute("plan",
					"gold of " + session.session().initializeRequest().clientInfo().name());
		}

		@Bean
		SessionRestorer countingRestorer() {
			return (sessionId, store) -> {
				this.restores.incrementAndGet();
				return store.find(sessionId);
			};
		}

		@EventListener
		void onCreated(SessionCreatedEvent event) {
			this.events.add(event);
			throw new IllegalStateException("a listener's failure changes nothing");
		}

		@EventListener
		void onRestored(SessionRestoredEvent event) {
			this.events.add(event);
		}

		@EventListener
		void onTerminated(SessionTerminatedEvent event) {
			this.events.add(event);
		}

	}

}
