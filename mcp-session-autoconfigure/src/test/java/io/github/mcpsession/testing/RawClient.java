package io.github.mcpsession.testing;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Speaks MCP over plain HTTP, one request at a time, to whichever node it is told.
 */
public final class RawClient {

	public static final String PROTOCOL_VERSION = "2025-11-25";

	private static final HttpClient http = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.connectTimeout(Duration.ofSeconds(5))
		.build();

	private static final JsonMapper json = new JsonMapper();

	private final Map<String, String> headers;

	private final String protocolVersion;

	private final AtomicInteger ids = new AtomicInteger();

	private String sessionId;

	private String name = "raw";

	public RawClient() {
		this(Map.of());
	}

	public RawClient(Map<String, String> headers) {
		this(headers, PROTOCOL_VERSION);
	}

	public RawClient(Map<String, String> headers, String protocolVersion) {
		this.headers = headers;
		this.protocolVersion = protocolVersion;
	}

	/**
	 * Have a name of its own.
	 */
	public RawClient named(String name) {
		this.name = name;
		return this;
	}

	public String sessionId() {
		return this.sessionId;
	}

	public RawClient sessionId(String sessionId) {
		this.sessionId = sessionId;
		return this;
	}

	public RawClient initialize(URI node) {
		HttpResponse<String> response = tryInitialize(node);
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		this.sessionId = response.headers().firstValue("Mcp-Session-Id").orElseThrow();
		HttpResponse<String> initialized = post(node, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
		assertThat(initialized.statusCode()).isEqualTo(202);
		return this;
	}

	public HttpResponse<String> tryInitialize(URI node) {
		return send(request(node).POST(body("""
				{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"%s",
				"capabilities":{"elicitation":{},"roots":{"listChanged":true}},
				"clientInfo":{"name":"%s","version":"1.0"}}}
				""".formatted(this.protocolVersion, this.name))).build());
	}

	/**
	 * Call a tool that must succeed, and return its text.
	 */
	public String call(URI node, String tool) {
		return call(node, tool, "{}");
	}

	public String call(URI node, String tool, String arguments) {
		HttpResponse<String> response = tryCall(node, tool, arguments);
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		return textOf(response.body());
	}

	public HttpResponse<String> tryCall(URI node, String tool) {
		return tryCall(node, tool, "{}");
	}

	public HttpResponse<String> tryCall(URI node, String tool, String arguments) {
		return post(node, callBody(tool, arguments));
	}

	public CompletableFuture<HttpResponse<String>> callAsync(URI node, String tool, String arguments) {
		return http
			.sendAsync(request(node).POST(body(callBody(tool, arguments))).build(),
					HttpResponse.BodyHandlers.ofString())
			.orTimeout(30, TimeUnit.SECONDS);
	}

	private String callBody(String tool, String arguments) {
		return """
				{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":%s}}
				""".formatted(this.ids.incrementAndGet(), tool, arguments);
	}

	/**
	 * Call a tool and read the answer as it comes.
	 */
	public EventStreamReader callStreaming(URI node, String tool, String arguments) {
		return new EventStreamReader(http.sendAsync(request(node).POST(body(callBody(tool, arguments))).build(),
				HttpResponse.BodyHandlers.ofInputStream()));
	}

	/**
	 * Open a listening stream.
	 */
	public EventStreamReader listening(URI node) {
		return listening(node, null);
	}

	/**
	 * Open a stream after an event.
	 */
	public EventStreamReader listening(URI node, String lastEventId) {
		HttpRequest.Builder request = request(node).timeout(Duration.ofMinutes(5)).GET();
		if (lastEventId != null) {
			request.header("Last-Event-ID", lastEventId);
		}
		return new EventStreamReader(http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream()));
	}

	/**
	 * Answer a request of the server.
	 */
	public HttpResponse<String> answer(URI node, String requestId, String result) {
		return post(node, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"result\":%s}".formatted(requestId, result));
	}

	public String request(URI node, String method, String params) {
		HttpResponse<String> response = post(node, """
				{"jsonrpc":"2.0","id":%d,"method":"%s","params":%s}
				""".formatted(this.ids.incrementAndGet(), method, params));
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		return response.body();
	}

	public HttpResponse<String> post(URI node, String body) {
		return send(request(node).POST(body(body)).build());
	}

	public HttpResponse<String> delete(URI node) {
		return send(request(node).DELETE().build());
	}

	public HttpResponse<String> get(URI node) {
		return send(request(node).timeout(Duration.ofSeconds(5)).GET().build());
	}

	/**
	 * Open a listening stream and leave it open.
	 */
	public CompletableFuture<HttpResponse<java.io.InputStream>> listen(URI node) {
		return http.sendAsync(request(node).GET().build(), HttpResponse.BodyHandlers.ofInputStream());
	}

	private HttpRequest.Builder request(URI node) {
		HttpRequest.Builder request = HttpRequest.newBuilder(node)
			.timeout(Duration.ofSeconds(30))
			.header("Content-Type", "application/json")
			.header("Accept", "application/json, text/event-stream");
		this.headers.forEach(request::header);
		if (this.sessionId != null) {
			request.header("Mcp-Session-Id", this.sessionId).header("MCP-Protocol-Version", this.protocolVersion);
		}
		return request;
	}

	private static HttpRequest.BodyPublisher body(String text) {
		return HttpRequest.BodyPublishers.ofString(text);
	}

	/**
	 * The time-out of a request ends with the headers; this one is for the body too.
	 */
	private static HttpResponse<String> send(HttpRequest request) {
		return http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).orTimeout(30, TimeUnit.SECONDS).join();
	}

	public static String textOf(String body) {
		String data = body.lines()
			.filter((line) -> line.startsWith("data:") && line.contains("\"result\""))
			.map((line) -> line.substring("data:".length()))
			.findFirst()
			.orElse(body);
		JsonNode message = json.readTree(data);
		JsonNode text = message.at("/result/content/0/text");
		assertThat(text.isString()).as(body).isTrue();
		return text.asString();
	}

	/**
	 * The answer to a request of a session that does not exist.
	 */
	public static void assertNotFound(HttpResponse<String> response) {
		assertThat(response.statusCode()).isEqualTo(404);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
		// the id of the request, if it has one
		assertThat(response.body()).matches("\\{\"jsonrpc\":\"2.0\",\"id\":(null|\\d+),"
				+ "\"error\":\\{\"code\":-32001,\"message\":\"Session not found\"\\}\\}");
	}

}
