package io.github.mcpsession.wire;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.github.mcpsession.server.SessionDrain;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RawSocket;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Requests that name no session of the caller, and those that need none: what the plain
 * server serves ({@link BesidePlainTests}) or should.
 */
class SameAsPlainTests {

	private static final String INITIALIZE = """
			{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25",
			"capabilities":{},"clientInfo":{"name":"%s","version":"1.0"}}}
			""";

	private static final String FOREIGN = "11111111-2222-3333-4444-555555555555";

	@AutoClose
	private static Node ours;

	@AutoClose
	private static Node plain;

	@BeforeAll
	static void start() {
		ours = Node.start("ours", List.of());
		plain = Node.start("plain", List.of("mcp.session.enabled=false"));
	}

	static Stream<URI> both() {
		return Stream.of(plain.uri(), ours.uri());
	}

	/**
	 * Spring AI 2.0.1 refuses what 2.0.0 served.
	 */
	static Stream<URI> ours() {
		return Stream.of(ours.uri());
	}

	private static String initialize() {
		return INITIALIZE.formatted("raw");
	}

	private static JsonNode json(String text) {
		return new JsonMapper().readTree(text);
	}

	@ParameterizedTest
	@MethodSource("both")
	void initializeMayBeLarge(URI uri) {
		String icon = "{\"src\":\"data:image/png;base64," + "A".repeat(54 * 1024) + "\",\"mimeType\":\"image/png\"}";
		for (String more : List.of("\"icons\":[" + icon + "," + icon + "]",
				"\"icons\":[" + String.join(",", Collections.nCopies(20, icon)) + "]",
				"\"title\":\"" + "t".repeat(900_000) + "\"")) {
			HttpResponse<String> answer = new RawClient().post(uri,
					initialize().replace("\"version\"", more + ",\"version\""));
			assertThat(answer.statusCode()).isEqualTo(200);
		}
		assertThat(ours.manager().list(null, 1000).sessions()).noneMatch(
				(session) -> String.valueOf(session.initializeRequest().clientInfo().icons()).contains("base64"));
	}

	/**
	 * Its handler asks the client for its roots, which may not listen yet.
	 */
	@Test
	void changedRootsAreNotRejectedBeforeTheClientListens() {
		RawClient client = new RawClient().initialize(ours.uri());
		assertThat(client.post(ours.uri(), "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/roots/list_changed\"}")
			.statusCode()).isEqualTo(202);
		EventStreamReader listening = client.listening(ours.uri());
		String id = listening.awaitMethod("roots/list").path("id").asString();
		assertThat(client.answer(ours.uri(), id, "{\"roots\":[{\"uri\":\"file:///x\",\"name\":\"x\"}]}").statusCode())
			.isEqualTo(202);
		await().until(() -> client.call(ours.uri(), "attribute", "{\"name\":\"roots\"}").contains("file:///x"));
	}

	// Initialize with a session id

	@ParameterizedTest
	@MethodSource("ours")
	void initializeWithTheIdOfNoSessionBeginsOne(URI uri) {
		String name = "Mcp-Session-Id: ";
		for (List<String> headers : List.of(List.of(name + FOREIGN), List.of(name + "x y"), List.of(name),
				List.of(name + "x".repeat(300)), List.of(name + FOREIGN, name + FOREIGN), List.of(name + "a", name))) {
			RawSocket.Answer answer = RawSocket.send(uri, "POST", headers, initialize());
			assertThat(answer.status()).as(headers.toString()).isEqualTo(200);
			String id = answer.header("Mcp-Session-Id").orElseThrow();
			assertThat(id).isNotEqualTo(FOREIGN);
			assertThat(new RawClient().sessionId(id).call(uri, "whoami")).isEqualTo(id);
		}
	}

	@ParameterizedTest
	@MethodSource("ours")
	void initializeWithTheIdOfAnEndedSessionBeginsAnother(URI uri) {
		RawClient client = new RawClient().initialize(uri);
		String ended = client.sessionId();
		assertThat(client.delete(uri).statusCode()).isEqualTo(200);
		HttpResponse<String> again = client.tryInitialize(uri);
		assertThat(again.statusCode()).isEqualTo(200);
		assertThat(again.headers().firstValue("Mcp-Session-Id").orElseThrow()).isNotEqualTo(ended);
	}

	@ParameterizedTest
	@MethodSource("ours")
	void initializeWithTheIdOfALiveSessionBeginsAnother(URI uri) {
		RawClient client = new RawClient().initialize(uri);
		String live = client.sessionId();
		HttpResponse<String> again = client.tryInitialize(uri);
		assertThat(again.statusCode()).isEqualTo(200);
		assertThat(again.headers().firstValue("Mcp-Session-Id").orElseThrow()).isNotEqualTo(live);
		assertThat(client.call(uri, "whoami")).isEqualTo(live);
	}

	@Test
	void onlyInitializeBeginsASession() {
		RawClient client = new RawClient().sessionId(FOREIGN);
		String ping = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":{\"method\":\"initialize\"}}";
		for (String method : List.of("ping", "initialized", "Initialize")) {
			HttpResponse<String> answer = client.post(ours.uri(), ping.formatted(method));
			assertThat(answer.statusCode()).isEqualTo(404);
			assertThat(json(answer.body()).path("id").asInt()).isEqualTo(7);
		}
		for (String body : List.of("", "[" + initialize() + "]", "initialize", "{\"method\":{\"x\":1}}")) {
			assertThat(client.post(ours.uri(), body).statusCode()).isEqualTo(404);
		}
		assertThat(client.get(ours.uri()).statusCode()).isEqualTo(404);
		assertThat(client.delete(ours.uri()).statusCode()).isEqualTo(404);
	}

	@Test
	void anEmptyIdIsNone() {
		RawSocket.Answer call = RawSocket.send(ours.uri(), "POST", List.of("Mcp-Session-Id:"),
				"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}");
		assertThat(call.status()).isEqualTo(400);
		assertThat(call.body()).contains("Session ID missing").contains("\"id\":7");
		assertThat(RawSocket.send(ours.uri(), "GET", List.of("Mcp-Session-Id:"), "").status()).isEqualTo(400);
		assertThat(RawSocket.send(ours.uri(), "DELETE", List.of("Mcp-Session-Id:"), "").status()).isEqualTo(400);
	}

	@Test
	void theSameIdTwiceIsOne() {
		String id = "Mcp-Session-Id: " + new RawClient().initialize(ours.uri()).sessionId();
		String ping = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}";
		assertThat(RawSocket.send(ours.uri(), "POST", List.of(id, id), ping).status()).isEqualTo(200);
		assertThat(RawSocket.send(ours.uri(), "POST", List.of(id, id + "x"), ping).status()).isEqualTo(404);
		assertThat(RawSocket.send(ours.uri(), "POST", List.of(id, "Mcp-Session-Id:"), ping).status()).isEqualTo(404);
	}

	// Answers to requests that no session serves

	@ParameterizedTest
	@ValueSource(strings = { "\"d-1\"", "7", "-1", "9007199254740993", "\"\\u00e9\\\"\"" })
	void aProbeWithoutASessionGetsItsOwnId(String id) {
		for (Map<String, String> headers : List.of(Map.<String, String>of(),
				Map.of("MCP-Protocol-Version", "2026-07-28"))) {
			for (String method : List.of("server/discover", "tools/list", "ping")) {
				HttpResponse<String> answer = new RawClient(headers).post(ours.uri(),
						"{\"jsonrpc\":\"2.0\",\"params\":{\"id\":3},\"id\":" + id + ",\"method\":\"" + method + "\"}");
				assertThat(answer.statusCode()).isEqualTo(400);
				assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/json");
				assertThat(json(answer.body()).path("id")).isEqualTo(json(id));
				assertThat(json(answer.body()).at("/error/code").asInt()).isEqualTo(-32601);
			}
		}
	}

	/**
	 * It tells the client that sessions are to be used: not even a node that is about to
	 * stop may answer otherwise.
	 */
	@Test
	void aProbeIsAnsweredWhileTheNodeDrains() {
		SessionDrain drain = ours.bean(SessionDrain.class);
		drain.stop();
		try {
			HttpResponse<String> answer = new RawClient().post(ours.uri(),
					"{\"jsonrpc\":\"2.0\",\"id\":\"d-1\",\"method\":\"server/discover\"}");
			assertThat(answer.statusCode()).isEqualTo(400);
			assertThat(answer.headers().firstValue("Cache-Control")).hasValue("no-store");
			assertThat(answer.body()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":\"d-1\",\"error\":"
					+ "{\"code\":-32601,\"message\":\"Method not found\"}}");
		}
		finally {
			drain.start();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
			"{\"jsonrpc\":\"2.0\",\"id\":\"a@b\",\"result\":{}}",
			"{\"jsonrpc\":\"2.0\",\"id\":\"a@b\",\"error\":{\"code\":1,\"message\":\"x\"}}",
			"{\"jsonrpc\":\"2.0\",\"id\":{\"x\":1},\"method\":\"ping\"}", "{\"id\":1", "x", "" })
	void whatIsNoRequestHasNoId(String body) {
		for (RawClient client : List.of(new RawClient(), new RawClient().sessionId(FOREIGN))) {
			HttpResponse<String> answer = client.post(ours.uri(), body);
			assertThat(answer.statusCode()).isIn(400, 404);
			if (!body.equals("{\"id\":1")) {
				assertThat(answer.body()).contains("\"id\":null");
			}
		}
	}

	@Test
	void aLargeRequestPassesWhole() {
		String name = "x".repeat(3 * 1024 * 1024);
		RawClient client = new RawClient().initialize(ours.uri());
		HttpResponse<String> answer = client.post(ours.uri(),
				"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"whoami\","
						+ "\"arguments\":{\"x\":\"" + name + "\"}}}");
		assertThat(RawClient.textOf(answer.body())).isEqualTo(client.sessionId());
	}

}
