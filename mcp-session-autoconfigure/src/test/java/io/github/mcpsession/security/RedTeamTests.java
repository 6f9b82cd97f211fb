package io.github.mcpsession.security;

import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RawSocket;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.mcp.server.webmvc.transport.WebMvcStreamableServerTransportProvider;
import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What somebody sends who means no good. After each attempt an honest session still
 * works, and nothing is left behind.
 */
class RedTeamTests {

	private static final String NAMESPACE = "redteam";

	/**
	 * The transports of mcp-core 2.0.0 call it their own failure if a type is wrong.
	 */
	private static final int REFUSED_AT_MOST = "2.0.0".equals(System.getProperty("test.mcp-core")) ? 500 : 499;

	private static final String CALL = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
			+ "\"params\":{\"name\":\"count\",\"arguments\":{}}}";

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	@AutoClose
	private static Node secured;

	private static URI a;

	private static URI b;

	private RawClient honest;

	private Set<String> keys;

	private Set<String> held;

	@BeforeAll
	static void startNodes() {
		String namespace = "mcp.session.namespace=" + NAMESPACE;
		// so that no key goes meanwhile
		String retention = "mcp.session.streams.completed-retention=10m";
		nodeA = Node.start("A", TestServers.redisProperties(), namespace, retention);
		nodeB = Node.start("B", TestServers.redisProperties(), namespace, retention);
		secured = Node.start(List.of(TestApplication.class, PrincipalBindingTests.Security.class), "S",
				TestServers.redisProperties(), namespace);
		a = nodeA.uri();
		b = nodeB.uri();
	}

	@BeforeEach
	void anHonestSession() {
		this.honest = new RawClient().initialize(a);
		assertThat(this.honest.call(b, "count")).isEqualTo("1");
		// opened and closed, so that all its keys are there
		this.honest.call(a, "log");
		this.keys = RedisKeyspace.sessions(NAMESPACE);
		this.held = held(nodeA);
	}

	@AfterEach
	void nothingIsLostOrLeft() {
		assertThat(this.honest.call(a, "count")).isEqualTo("2");
		assertThat(this.honest.call(b, "count")).isEqualTo("3");
		assertThat(RedisKeyspace.sessions(NAMESPACE)).isEqualTo(this.keys);
		assertThat(held(nodeA)).isEqualTo(this.held);
	}

	@SuppressWarnings("unchecked")
	private static Set<String> held(Node node) {
		return Set.copyOf(((Map<String, Object>) ReflectionTestUtils
			.getField(node.bean(WebMvcStreamableServerTransportProvider.class), "sessions")).keySet());
	}

	/**
	 * A client whose session does not outlive the test.
	 */
	private RawClient another(URI node) {
		RawClient client = new RawClient().initialize(node);
		this.keys.add(this.keys.iterator().next().replaceAll("\\{.*", "{" + client.sessionId() + "}"));
		return client;
	}

	private static void assertTellsNothing(String body) {
		assertThat(body).doesNotContain("\tat ", "at io.", "at org.", "at java.", "Exception", "stackTrace",
				"io.modelcontextprotocol", "org.springframework", "org.apache", "tools.jackson", "java.lang",
				"io.github.mcpsession", "localizedMessage");
	}

	// Session ids

	@ParameterizedTest
	@MethodSource
	void idsThatAreNone(String template) {
		String header = template.replace("<id>", this.honest.sessionId());
		for (URI node : List.of(a, b)) {
			for (String method : List.of("POST", "GET", "DELETE")) {
				RawSocket.Answer answer = RawSocket.send(node, method, List.of(header.split("\\|")),
						method.equals("POST") ? CALL : "");
				assertThat(answer.status()).as(header).isIn(400, 404);
				assertTellsNothing(answer.body());
				assertThat(answer.head()).doesNotContainIgnoringCase("X-Injected", "Mcp-Session-Id");
				assertThat(answer.body()).doesNotContain(this.honest.sessionId());
			}
		}
	}

	static Stream<String> idsThatAreNone() {
		String name = "Mcp-Session-Id: ";
		return Stream.of(name, name + "00000000-0000-0000-0000-000000000000", name + "<id>0", name + "x<id>",
				name + "\"<id>\"", name + "%3Cid%3E", name + "<id>%00", name + "<id>;", name + "<id>/",
				// other keys of the same Redis
				name + "<id>:events", name + "<id>}:events", name + "<id>}:streams", name + "cluster",
				name + "cluster}:nodes", name + "{cluster}:nodes", name + "*", name + "<id>*", name + "?",
				name + "' OR '1'='1", name + "..", name + "../../etc/passwd", name + "${jndi:ldap://x}",
				// too large
				name + "x".repeat(257), name + "<id>" + "x".repeat(257), name + "x".repeat(7000),
				name + "x".repeat(9 * 1024),
				// not ASCII
				name + "s\u00e9ance", name + "\u4f1a\u8bdd", name + "<id>\u00e9", name + "\ufeff<id>",
				name + "<id>\u200b", name + "\ud83d\ude00", name + "<id>\u0000", name + "<id>\u0001",
				name + "<id>\u007f", name + "<id>\u00a0",
				// more than one
				name + "<id>|mcp-session-id: x", name + "x|" + name + "<id>", name + "<id>, <id>", name + "<id>,",
				name + "<id> <id>", name + "<id>\tx",
				// split
				name + "<id>\r\n continued", name + "x\r\nX-Injected: yes", name + "x\nX-Injected: yes",
				name + "x\rX-Injected: yes", name + "<id>\rX-Injected: yes", "Mcp-Session-Id : <id>",
				"Mcp-Session-Id\r\n: <id>", " " + name + "<id>");
	}

	@Test
	void aGuesserLearnsNothingFromTheAnswers() {
		Set<String> answers = IntStream.range(0, 50)
			.mapToObj((i) -> new RawClient().sessionId(String.format("%08x-0000-4000-8000-000000000000", i)).get(a))
			.map((answer) -> answer.statusCode() + answer.headers().map().keySet().toString() + answer.body())
			.collect(Collectors.toSet());
		HttpResponse<String> malformed = new RawClient().sessionId("x y").get(a);
		answers.add(malformed.statusCode() + malformed.headers().map().keySet().toString() + malformed.body());
		assertThat(answers).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "POST", "GET", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "NONSENSE" })
	void requestsWithoutAnId(String method) {
		RawSocket.Answer answer = RawSocket.send(a, method, List.of(), method.equals("POST") ? CALL : "");
		if (!method.equals("OPTIONS")) {
			assertThat(answer.status()).isIn(400, 403, 404, 405, 501);
		}
		assertTellsNothing(answer.body());
	}

	@ParameterizedTest
	@ValueSource(strings = { "PUT", "PATCH", "HEAD", "TRACE", "NONSENSE" })
	void methodsThatAreNone(String method) {
		RawSocket.Answer answer = RawSocket.send(a, method, List.of("Mcp-Session-Id: " + this.honest.sessionId()), "");
		assertThat(answer.status()).isGreaterThanOrEqualTo(400);
		assertTellsNothing(answer.body());
	}

	@Test
	void anAcceptHeaderThatTheTransportRefuses() {
		RawSocket.Answer answer = RawSocket.send(a, "POST", List.of("Accept: text/html"), CALL);
		assertThat(answer.status()).isEqualTo(400);
		assertTellsNothing(answer.body());
	}

	// Event ids

	@Test
	void eventIdsOfAnotherSession() {
		RawClient victim = another(a);
		EventStreamReader call = victim.callStreaming(a, "ten", "{\"pause\":1}");
		call.awaitEnd();
		EventStreamReader listening = victim.listening(a);
		listening.awaitEvents(1);
		victim.call(a, "notify", "{\"text\":\"secret\"}");
		listening.awaitMethod("notifications/message");
		List<String> ids = Stream.concat(call.events().stream(), listening.events().stream())
			.map(EventStreamReader.Event::id)
			.toList();
		assertThat(ids).hasSizeGreaterThan(4);
		RawClient attacker = another(a);
		assertNothingComes(attacker, ids, List.of(a, b));
		for (String id : ids) {
			RawClient.assertNotFound(new RawClient().sessionId("none").get(a));
			assertThat(RawSocket.send(a, "GET", List.of("Last-Event-ID: " + id), "").status()).isEqualTo(400);
		}
		victim.call(b, "notify", "{\"text\":\"still there\"}");
		await().atMost(Duration.ofSeconds(10))
			.until(() -> listening.messages()
				.stream()
				.anyMatch((message) -> message.toString().contains("still there")));
		listening.cut();
		assertThat(victim.delete(a).statusCode()).isEqualTo(200);
		assertThat(attacker.delete(a).statusCode()).isEqualTo(200);
		forget(victim, attacker);
	}

	@Test
	void eventIdsOfAnotherPrincipal() {
		RawClient alice = as("alice").initialize(secured.uri());
		EventStreamReader call = alice.callStreaming(secured.uri(), "ten", "{\"pause\":1}");
		call.awaitEnd();
		List<String> ids = call.events().stream().map(EventStreamReader.Event::id).toList();
		RawClient bob = as("bob").initialize(secured.uri());
		assertNothingComes(bob, ids, List.of(secured.uri()));
		RawClient thief = as("bob").sessionId(alice.sessionId());
		for (String id : ids) {
			EventStreamReader stolen = thief.listening(secured.uri(), id);
			stolen.awaitEnd();
			assertThat(stolen.status()).isEqualTo(404);
			assertThat(stolen.events()).isEmpty();
		}
		EventStreamReader resumed = alice.listening(secured.uri(), ids.get(0));
		assertThat(resumed.awaitText()).isEqualTo("ten sent by S");
		assertThat(alice.delete(secured.uri()).statusCode()).isEqualTo(200);
		assertThat(bob.delete(secured.uri()).statusCode()).isEqualTo(200);
	}

	@Test
	void eventIdsThatAreNone() {
		RawClient attacker = another(a);
		List<String> ids = List.of("x", "c_", "l_", "c00000000000000000000000000000000_0", "_0", "-1",
				"l00000000000000000000000000000000_0.-1", "c00000000000000000000000000000000_99999999999999999999999",
				"' OR '1'='1", "*", "{cluster}:nodes", "x".repeat(7000), "$", "0-0", "+", "a, b");
		assertNothingComes(attacker, ids, List.of(a));
		for (String id : List.of("\u4f1a\u8bdd_0", "\ufeff", "c\u0001_0", "x\rX-Injected: yes")) {
			// none of these may break anything; the stream that opens is cut at once
			String session = "Mcp-Session-Id: none";
			RawSocket.Answer answer = RawSocket.send(a, "GET", List.of(session, "Last-Event-ID: " + id), "");
			assertThat(answer.status()).isIn(400, 404);
			assertTellsNothing(answer.body());
		}
		assertThat(attacker.delete(a).statusCode()).isEqualTo(200);
		forget(attacker);
	}

	/**
	 * The attacker gets a listening stream of its own, and what is sent to itself only.
	 */
	private static void assertNothingComes(RawClient attacker, List<String> ids, List<URI> nodes) {
		for (URI node : nodes) {
			for (String id : ids) {
				EventStreamReader stream = attacker.listening(node, id);
				stream.awaitEvents(1);
				attacker.call(node, "notify", "{\"text\":\"mine\"}");
				stream.awaitMethod("notifications/message");
				assertThat(stream.messages())
					.allSatisfy((message) -> assertThat(message.toString()).containsAnyOf("mine", "messages-lost"));
				stream.cut();
			}
		}
	}

	private static RawClient as(String user) {
		String credentials = Base64.getEncoder().encodeToString((user + ":pw").getBytes(StandardCharsets.UTF_8));
		return new RawClient(Map.of("Authorization", "Basic " + credentials));
	}

	private void forget(RawClient... clients) {
		for (RawClient client : clients) {
			this.keys.removeIf((key) -> key.contains(client.sessionId()));
		}
	}

	// Answers

	@Test
	void answersToRequestsOfAnotherSession() {
		RawClient victim = another(a);
		RawClient attacker = another(a);
		EventStreamReader call = victim.callStreaming(a, "elicit", "{\"question\":\"q\"}");
		String id = call.awaitMethod("elicitation/create").path("id").asString();
		String answer = "{\"action\":\"accept\",\"content\":{\"answer\":\"forged\"}}";
		List<String> forged = List.of(id, id.replace(victim.sessionId(), attacker.sessionId()), id + "0", id + "@",
				"@" + id, id.replaceAll("@.*", ""), id.replaceAll("-\\d+@", "-1@"), "null", "0", "*@*",
				id.replaceAll("@.*", "@{cluster}:nodes"));
		for (String each : forged) {
			HttpResponse<String> here = attacker.answer(a, each, answer);
			assertThat(here.statusCode()).as(each).isEqualTo(400);
			assertTellsNothing(here.body());
			HttpResponse<String> there = attacker.answer(b, each, answer);
			assertThat(there.statusCode()).as(each).isIn(202, 400);
			assertTellsNothing(there.body());
			RawClient.assertNotFound(new RawClient().sessionId("none").answer(b, each, answer));
		}
		for (String raw : List.of("1", "{}", "[]", "true", "null", "-0", "1e400")) {
			HttpResponse<String> odd = attacker.post(a,
					"{\"jsonrpc\":\"2.0\",\"id\":" + raw + ",\"result\":" + answer + "}");
			assertThat(odd.statusCode()).as(raw).isBetween(400, REFUSED_AT_MOST);
			assertTellsNothing(odd.body());
		}
		assertThat(call.hasEnded()).isFalse();
		assertThat(victim.answer(b, id, answer.replace("forged", "mine")).statusCode()).isEqualTo(202);
		assertThat(call.awaitText()).isEqualTo("A heard mine");
		assertThat(victim.delete(a).statusCode()).isEqualTo(200);
		assertThat(attacker.delete(a).statusCode()).isEqualTo(200);
		forget(victim, attacker);
	}

	// Hostile JSON

	private static String initialize(String params) {
		return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":" + params + "}";
	}

	private static String params(String clientInfo, String capabilities) {
		return "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":" + capabilities + ",\"clientInfo\":" + clientInfo
				+ "}";
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource
	void initializeRequestsThatAreNone(String name, String body) {
		RawSocket.Answer answer = RawSocket.send(a, "POST", List.of(), body);
		assertThat(answer.status()).as(answer.body()).isBetween(400, REFUSED_AT_MOST);
		assertTellsNothing(answer.body());
		assertThat(answer.header("Mcp-Session-Id")).isEmpty();
		assertThat(answer.body().length()).isLessThan(1000);
	}

	static Stream<Arguments> initializeRequestsThatAreNone() {
		String deep = "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000);
		String info = "{\"name\":\"x\",\"version\":\"1\"}";
		String megabytes = "x".repeat(10 * 1024 * 1024);
		String manyKeys = IntStream.range(0, 700_000)
			.mapToObj((i) -> "\"k" + i + "\":{}")
			.collect(Collectors.joining(",", "{", "}"));
		Map<String, String> bodies = new java.util.LinkedHashMap<>();
		bodies.put("deep nesting", initialize(params(info, "{\"experimental\":" + deep + "}")));
		bodies.put("deep arrays",
				initialize(params(info, "{\"experimental\":{\"a\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}}")));
		bodies.put("deep and unknown", initialize("{\"unknown\":" + deep + "}"));
		bodies.put("10 MB in a string", initialize(params("{\"name\":\"" + megabytes + "\",\"version\":\"1\"}", "{}")));
		bodies.put("10 MB in keys", initialize(params(info, "{\"experimental\":" + manyKeys + "}")));
		bodies.put("10 MB of a number",
				initialize(params(info, "{\"experimental\":{\"a\":1" + "0".repeat(1_000_000) + "}}")));
		bodies.put("10 MB of nothing", initialize(" ".repeat(10 * 1024 * 1024)));
		for (String params : List.of("[]", "\"x\"", "5", "true", "{\"protocolVersion\":{}}",
				"{\"protocolVersion\":\"2025-11-25\",\"capabilities\":\"x\"}", params("[]", "{}"), params("5", "{}"),
				params(info, "[]"), params("{\"name\":{}}", "{}"), params(info, "{\"roots\":\"x\"}"),
				params(info, "{\"sampling\":5}"))) {
			bodies.put("params " + params, initialize(params));
		}
		String good = initialize(params(info, "{}"));
		bodies.put("nothing", "");
		bodies.put("a string", "\"x\"");
		bodies.put("an array", "[]");
		bodies.put("a batch", "[" + good + "," + good + "]");
		bodies.put("truncated", good.substring(0, good.length() - 5));
		bodies.put("no method", "{\"jsonrpc\":\"2.0\",\"id\":1}");
		bodies.put("a method that is a number", good.replace("\"initialize\"", "5"));
		bodies.put("another method", good.replace("initialize", "Initialize"));
		bodies.put("a notification", good.replace("\"id\":1,", ""));
		bodies.put("no JSON", "initialize");
		bodies.put("XML", "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>");
		bodies.put("a form", "method=initialize");
		bodies.put("NUL", "\u0000".repeat(100));
		bodies.put("a script", "${jndi:ldap://x}");
		return bodies.entrySet().stream().map((body) -> Arguments.of(body.getKey(), body.getValue()));
	}

	@Test
	void theTransportStumblesOverNull() {
		for (String session : List.of("X: x", "Mcp-Session-Id: " + this.honest.sessionId())) {
			RawSocket.Answer answer = RawSocket.send(a, "POST", List.of(session), "null");
			assertThat(answer.status()).isEqualTo(500);
			assertThat(answer.body()).isEqualTo(
					"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,\"message\":\"Internal error\"}}");
		}
	}

	/**
	 * What JSON leaves open; whatever it is taken for, it is one session or none.
	 */
	@ParameterizedTest(name = "{0}")
	@MethodSource
	void initializeRequestsThatMayBeOne(String name, String body) {
		RawSocket.Answer answer = RawSocket.send(a, "POST", List.of(), body);
		assertTellsNothing(answer.body());
		if (answer.status() != 200) {
			assertThat(answer.status()).as(answer.body()).isBetween(400, REFUSED_AT_MOST);
			assertThat(answer.header("Mcp-Session-Id")).isEmpty();
			return;
		}
		RawClient client = new RawClient().sessionId(answer.header("Mcp-Session-Id").orElseThrow());
		assertThat(client.call(b, "count")).isEqualTo("1");
		assertThat(client.call(a, "client")).startsWith("x 1");
		assertThat(client.delete(a).statusCode()).isEqualTo(200);
	}

	static Stream<Arguments> initializeRequestsThatMayBeOne() {
		String info = "{\"name\":\"x\",\"version\":\"1\"}";
		String good = initialize(params(info, "{}"));
		Map<String, String> bodies = new java.util.LinkedHashMap<>();
		bodies.put("a method twice", good.replace("\"method\":", "\"method\":\"tools/call\",\"method\":"));
		bodies.put("an id twice", good.replace("\"id\":1", "\"id\":7,\"id\":1"));
		bodies.put("a name twice", good.replace("\"name\":", "\"name\":\"other\",\"name\":"));
		bodies.put("parameters twice", good.replace("\"params\":", "\"params\":{},\"params\":"));
		bodies.put("garbage after it", good + " x");
		bodies.put("another one after it", good + good);
		bodies.put("an id that is an object", good.replace("\"id\":1", "\"id\":{}"));
		bodies.put("an id that is null", good.replace("\"id\":1", "\"id\":null"));
		bodies.put("a long id", good.replace("\"id\":1", "\"id\":\"" + "x".repeat(100_000) + "\""));
		bodies.put("another version of JSON-RPC", good.replace("\"2.0\"", "\"1.0\""));
		bodies.put("unknown properties", good.replace("\"params\":{", "\"x\":1,\"params\":{\"y\":{\"z\":[]},"));
		bodies.put("an unknown protocol version", good.replace("2025-11-25", "9999-99-99"));
		bodies.put("a huge exponent",
				good.replace("\"capabilities\":{}", "\"capabilities\":{\"experimental\":{\"a\":1e999999999}}"));
		bodies.put("markup", good.replace("\"1\"", "\"1<script>\\u0000\\ud800\""));
		return bodies.entrySet().stream().map((body) -> Arguments.of(body.getKey(), body.getValue()));
	}

	@ParameterizedTest
	@MethodSource("requestsThatAreNone")
	void requestsOfALiveSession(String body) {
		RawSocket.Answer answer = RawSocket.send(a, "POST", List.of("Mcp-Session-Id: " + this.honest.sessionId()),
				body);
		assertThat(answer.status()).as(answer.body()).isIn(200, 400);
		assertThat(answer.body()).doesNotContain("\"result\"", "\tat ", "at io.", "at org.", "at java.", "stackTrace");
		if (answer.status() == 200) {
			// the message is the SDK's, and names a type of it where parameters are wrong
			assertThat(answer.body()).contains("\"error\"");
		}
		else {
			assertTellsNothing(answer.body());
		}
	}

	static Stream<String> requestsThatAreNone() {
		String request = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}";
		List<String> bodies = new ArrayList<>(
				List.of("", "[]", "x", "{", "{}", "[" + CALL + "," + CALL + "]", CALL.substring(0, 40)));
		for (String method : List.of("tools/call", "logging/setLevel", "resources/subscribe", "resources/read",
				"prompts/get", "completion/complete", "no/such/method")) {
			for (String params : List.of("null", "[]", "5", "\"x\"", "{\"name\":5,\"uri\":[],\"level\":{}}",
					"{\"name\":[{}],\"arguments\":[],\"uri\":{},\"level\":[],\"ref\":7}",
					"{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000))) {
				bodies.add(request.formatted(method, params));
			}
		}
		return bodies.stream();
	}

	// The end of sessions

	@Test
	void aReplayedDelete() {
		RawClient client = another(a);
		client.call(b, "count");
		RawClient stranger = as("bob").sessionId(client.sessionId());
		RawClient.assertNotFound(stranger.delete(secured.uri()));
		assertThat(client.call(a, "count")).isEqualTo("2");
		assertThat(client.delete(b).statusCode()).isEqualTo(200);
		for (URI node : List.of(a, b, a, b)) {
			RawClient.assertNotFound(client.delete(node));
			RawClient.assertNotFound(client.tryCall(node, "count"));
			RawClient.assertNotFound(client.get(node));
		}
		forget(client);
	}

	@Test
	void aDeleteOfWhatIsAnothers() {
		RawClient alice = as("alice").initialize(secured.uri());
		for (RawClient stranger : List.of(as("bob"), new RawClient())) {
			stranger.sessionId(alice.sessionId());
			RawClient.assertNotFound(stranger.delete(secured.uri()));
			RawClient.assertNotFound(stranger.delete(a));
		}
		assertThat(alice.call(secured.uri(), "count")).isEqualTo("1");
		assertThat(alice.delete(secured.uri()).statusCode()).isEqualTo(200);
		RawClient.assertNotFound(alice.delete(secured.uri()));
	}

}
