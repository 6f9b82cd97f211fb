package io.github.mcpsession.security;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import java.util.stream.Stream;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionLimitException;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionNotFoundException;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionTerminatedEvent;
import io.github.mcpsession.testing.ActuatorClient;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * Clients that open a session for each call, on two nodes.
 */
class CallerAttributesTests {

	private static final String NAMESPACE = "caller-attributes";

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	@BeforeAll
	static void startNodes() {
		nodeA = start("A");
		nodeB = start("B");
	}

	private static Node start(String name, String... more) {
		List<String> properties = new ArrayList<>(TestServers.redisProperties());
		properties.addAll(
				List.of("mcp.session.namespace=" + NAMESPACE, "management.endpoints.web.exposure.include=mcpsessions",
						"mcp.session.limits.max-sessions-per-principal=3"));
		return Node.start(List.of(TestApplication.class, PrincipalBindingTests.Security.class, Visits.class), name,
				properties, more);
	}

	private static String idOf(String caller) {
		return "~" + SessionIds.hash(caller);
	}

	private static String newCaller() {
		return "caller-" + UUID.randomUUID();
	}

	private static SessionRecord recordOf(String caller) {
		return nodeA.bean(SessionStore.class).find(idOf(caller)).orElseThrow();
	}

	@Test
	void whatIsKeptForACallerIsThereInItsNextSession() {
		for (int visit = 1; visit <= 6; visit++) {
			Node node = (visit % 2 == 0) ? nodeA : nodeB;
			RawClient alice = PrincipalBindingTests.as("alice").initialize(node.uri());
			assertThat(alice.call(node.uri(), "visits")).isEqualTo("" + visit);
			alice.delete(node.uri());
		}
		RawClient bob = PrincipalBindingTests.as("bob").initialize(nodeA.uri());
		assertThat(bob.call(nodeA.uri(), "visits")).isEqualTo("1");
		assertThat(bob.call(nodeB.uri(), "visits")).isEqualTo("2");
		bob.delete(nodeA.uri());
		assertThat(nodeB.manager().callerAttributes("bob").get("visits", Integer.class)).hasValue(2);
	}

	@Test
	void anAnonymousCallerHasNone() {
		RawClient anonymous = new RawClient().initialize(nodeA.uri());
		assertThat(anonymous.tryCall(nodeA.uri(), "visits").body()).contains("\"isError\":true",
				"The caller is anonymous: only an authenticated one has attributes");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> nodeA.manager().callerAttributes(McpTransportContext.EMPTY))
			.withMessageContaining("anonymous");
		assertThatIllegalArgumentException().isThrownBy(() -> nodeA.manager().callerAttributes(" "))
			.withMessageContaining("anonymous");
	}

	@Test
	void whatIsKeptForACallerIsNoSession() {
		String caller = newCaller();
		nodeA.manager().callerAttributes(caller).put("a", 1);
		String id = idOf(caller);
		for (Node node : List.of(nodeA, nodeB)) {
			for (RawClient client : List.of(new RawClient(), PrincipalBindingTests.as("alice"))) {
				client.sessionId(id);
				RawClient.assertNotFound(client.tryCall(node.uri(), "node"));
				RawClient.assertNotFound(client.get(node.uri()));
				RawClient.assertNotFound(client.delete(node.uri()));
			}
			SessionManager manager = node.manager();
			assertThat(manager.find(id)).isEmpty();
			assertThat(manager.terminate(id)).isFalse();
			assertThat(manager.attributes(id).names()).isEmpty();
			assertThatExceptionOfType(SessionNotFoundException.class)
				.isThrownBy(() -> manager.attributes(id).put("a", 2));
			assertThat(new ActuatorClient(node).sessions(100))
				.noneMatch((session) -> session.get("session").asString().equals(SessionIds.mask(id)));
			assertThat(listed(manager::list)).isNotEmpty().doesNotContain(id);
			assertThat(manager.callerAttributes(caller).get("a", Integer.class)).hasValue(1);
		}
		ListableSessionStore store = (ListableSessionStore) nodeA.bean(SessionStore.class);
		assertThat(listed(store::list)).contains(id);
		assertThat(store.countByPrincipal(caller)).isZero();
		assertThat(RedisKeyspace.keys("*" + caller + "*")).isEmpty();
		assertThat(recordOf(caller).toString()).doesNotContain(caller);
	}

	private static List<String> listed(BiFunction<String, Integer, SessionPage> list) {
		RawClient client = PrincipalBindingTests.as("bob").initialize(nodeA.uri());
		List<String> ids = new ArrayList<>();
		String cursor = null;
		do {
			SessionPage page = list.apply(cursor, 100);
			page.sessions().forEach((session) -> ids.add(session.id()));
			cursor = page.next();
		}
		while (cursor != null);
		client.delete(nodeA.uri());
		return ids;
	}

	@Test
	void nothingIsStoredBeforeThereIsSomething() {
		String caller = newCaller();
		SessionAttributes attributes = nodeA.manager().callerAttributes(caller);
		assertThat(attributes.get("a", Integer.class)).isEmpty();
		assertThat(attributes.names()).isEmpty();
		assertThat(attributes.remove("a")).isFalse();
		assertThat(attributes.update("a", Integer.class, (current) -> null)).isNull();
		assertThat(RedisKeyspace.keys("*" + idOf(caller) + "*")).isEmpty();
		assertThatExceptionOfType(SessionLimitException.class)
			.isThrownBy(() -> attributes.put("a", "x".repeat(256 * 1024)))
			.withMessage("The attributes of a caller cannot have more than 262144 bytes in all: "
					+ "'mcp.session.caller-attributes.max-attributes-size'");
		assertThat(RedisKeyspace.keys("*" + idOf(caller) + "*")).isEmpty();
		attributes.put("a", 1);
		assertThat(RedisKeyspace.keys("*" + idOf(caller) + "*")).hasSize(1);
		assertThat(attributes.remove("a")).isTrue();
		assertThat(attributes.names()).isEmpty();
	}

	@Test
	void useExtendsTheirLifeAndTheirEndIsNoEndOfASession() {
		String used = newCaller();
		String unused = newCaller();
		try (Node node = start("C", "mcp.session.caller-attributes.timeout=2s", "mcp.session.timeout=1s",
				"mcp.session.caller-attributes.max-attributes=1")) {
			SessionAttributes attributes = node.manager().callerAttributes(used);
			attributes.put("a", 1);
			assertThatExceptionOfType(SessionLimitException.class).isThrownBy(() -> attributes.put("b", 1))
				.withMessage("A caller cannot have more than 1 attributes: "
						+ "'mcp.session.caller-attributes.max-attributes'");
			Instant created = recordOf(used).createdAt();
			node.manager().callerAttributes(unused).put("a", 1);
			await().atMost(Duration.ofSeconds(20)).until(() -> {
				assertThat(attributes.get("a", Integer.class)).hasValue(1);
				return isTaken(idOf(unused));
			});
			assertThat(recordOf(used).lastAccessedAt()).isAfter(created);
			await().atMost(Duration.ofSeconds(20)).until(() -> isTaken(idOf(used)));
			RawClient client = new RawClient().initialize(node.uri());
			List<Visits> nodes = Stream.of(node, nodeA, nodeB).map((each) -> each.bean(Visits.class)).toList();
			await().atMost(Duration.ofSeconds(20))
				.until(() -> nodes.stream().anyMatch((each) -> each.ended.contains(client.sessionId())));
			assertThat(nodes).allSatisfy((each) -> assertThat(each.ended).noneMatch((id) -> id.startsWith("~")));
			attributes.put("b", 1);
			assertThat(attributes.names()).containsExactly("b");
		}
	}

	/**
	 * Whether a record has expired, and some node has noticed.
	 */
	private static boolean isTaken(String id) {
		return RedisKeyspace.look(TestServers.redisPort(),
				(redis) -> redis.opsForZSet().score("mcp:session:" + NAMESPACE + ":{cluster}:expiries", id)) == null;
	}

	/**
	 * A tool that knows its caller, and the sessions that have ended.
	 */
	static class Visits {

		private final ObjectProvider<SessionManager> sessions;

		private final Queue<String> ended = new ConcurrentLinkedQueue<>();

		Visits(ObjectProvider<SessionManager> sessions) {
			this.sessions = sessions;
		}

		@McpTool(name = "visits", description = "Counts the calls of this caller")
		public String visits(McpSyncServerExchange exchange) {
			return String.valueOf(this.sessions.getObject()
				.callerAttributes(exchange.transportContext())
				.update("visits", Integer.class, (current) -> (current != null) ? current + 1 : 1));
		}

		@EventListener
		void on(SessionTerminatedEvent event) {
			this.ended.add(event.sessionId());
		}

	}

}
