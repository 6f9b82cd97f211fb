package io.github.mcpsession.samples.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A load balancer: each request goes to the next node, whatever its session is, unless
 * sticky sessions are switched on. Like others it probes its nodes, tries the next one if
 * it cannot connect, and never sends a request twice that a node may have got.
 */
final class RoundRobin {

	private static final String SESSION_ID = "Mcp-Session-Id";

	private static final List<String> REQUEST_HEADERS = List.of("Content-Type", "Accept", SESSION_ID,
			"MCP-Protocol-Version", "Last-Event-ID");

	private static final List<String> RESPONSE_HEADERS = List.of("Content-Type", SESSION_ID, "Retry-After");

	private static final JsonMapper json = new JsonMapper();

	private final String side;

	private final List<NodeProcess> nodes;

	private final Feed feed;

	private final AtomicInteger turn = new AtomicInteger();

	private final Map<String, NodeProcess> stuck = new ConcurrentHashMap<>();

	private volatile boolean sticky;

	/**
	 * Create a round robin.
	 * @param side what it is called
	 * @param nodes the nodes
	 * @param feed what gets to know of each request
	 */
	RoundRobin(String side, List<NodeProcess> nodes, Feed feed) {
		this.side = side;
		this.nodes = nodes;
		this.feed = feed;
	}

	boolean isSticky() {
		return this.sticky;
	}

	/**
	 * Switch sticky sessions on or off: whether the requests of a session go to the node
	 * that initialized it, as long as that is in the rotation.
	 */
	void toggleSticky() {
		this.sticky = !this.sticky;
		this.stuck.clear();
	}

	/**
	 * Pass a request on.
	 * @param exchange the request
	 * @param page the server of the page, the only one whose origin is served
	 * @throws IOException to cut the connection, since the response ends before its end
	 */
	void handle(HttpExchange exchange, LocalServer page) throws IOException {
		String origin = exchange.getRequestHeaders().getFirst("Origin");
		if (origin != null && !page.isOrigin(origin)) {
			LocalServer.respond(exchange, 403, "text/plain", "Not from that page\n");
			return;
		}
		if (origin != null) {
			allow(exchange.getResponseHeaders(), origin);
		}
		if (exchange.getRequestMethod().equals("OPTIONS")) {
			exchange.sendResponseHeaders(204, -1);
			exchange.close();
			return;
		}
		forward(exchange);
	}

	private static void allow(Headers headers, String origin) {
		headers.set("Access-Control-Allow-Origin", origin);
		headers.set("Access-Control-Allow-Methods", "GET, POST, DELETE");
		headers.set("Access-Control-Allow-Headers", String.join(", ", REQUEST_HEADERS));
		headers.set("Access-Control-Expose-Headers", SESSION_ID + ", X-Node");
		headers.set("Access-Control-Max-Age", "600");
		headers.set("Vary", "Origin");
	}

	private void forward(HttpExchange exchange) throws IOException {
		byte[] body = exchange.getRequestBody().readAllBytes();
		Set<NodeProcess> refused = new HashSet<>();
		String session = exchange.getRequestHeaders().getFirst(SESSION_ID);
		for (NodeProcess node = next(session, refused); node != null; node = next(session, refused)) {
			CompletableFuture<HttpResponse<InputStream>> sent = node.send(request(exchange, node, body));
			try {
				respond(exchange, node, sent, body);
				return;
			}
			catch (ConnectException ex) {
				refused.add(node);
			}
			finally {
				node.finish(sent);
			}
		}
		publish(exchange, "-", body, 503);
		LocalServer.respond(exchange, 503, "text/plain", "No node is alive\n");
	}

	private @Nullable NodeProcess next(@Nullable String session, Set<NodeProcess> refused) {
		NodeProcess last = (session != null) ? this.stuck.get(session) : null;
		if (last != null && last.isInRotation() && !refused.contains(last)) {
			return last;
		}
		for (int attempt = 0; attempt < this.nodes.size(); attempt++) {
			NodeProcess node = this.nodes.get(Math.floorMod(this.turn.getAndIncrement(), this.nodes.size()));
			if (node.isInRotation() && !refused.contains(node)) {
				return node;
			}
		}
		return null;
	}

	private static HttpRequest request(HttpExchange exchange, NodeProcess node, byte[] body) throws IOException {
		HttpRequest.Builder request = HttpRequest.newBuilder(node.uri(exchange.getRequestURI().getPath()))
			.method(exchange.getRequestMethod(),
					(body.length > 0) ? BodyPublishers.ofByteArray(body) : BodyPublishers.noBody());
		for (String name : REQUEST_HEADERS) {
			String value = exchange.getRequestHeaders().getFirst(name);
			if (value != null) {
				request.header(name, value);
			}
		}
		return request.build();
	}

	private void respond(HttpExchange exchange, NodeProcess node, CompletableFuture<HttpResponse<InputStream>> sent,
			byte[] body) throws IOException {
		HttpResponse<InputStream> response;
		try {
			response = sent.join();
		}
		catch (CancellationException | CompletionException ex) {
			if (ex.getCause() instanceof ConnectException refused) {
				throw refused;
			}
			exchange.getResponseHeaders().set("X-Node", node.letter());
			publish(exchange, node.letter(), body, 502);
			LocalServer.respond(exchange, 502, "text/plain", "The node did not respond\n");
			return;
		}
		publish(exchange, node.letter(), body, response.statusCode());
		if (this.sticky) {
			response.headers().firstValue(SESSION_ID).ifPresent((session) -> this.stuck.put(session, node));
		}
		try (InputStream in = response.body()) {
			Headers headers = exchange.getResponseHeaders();
			headers.set("X-Node", node.letter());
			for (String name : RESPONSE_HEADERS) {
				response.headers().firstValue(name).ifPresent((value) -> headers.set(name, value));
			}
			boolean empty = response.statusCode() == 202 || response.statusCode() == 204;
			exchange.sendResponseHeaders(response.statusCode(), empty ? -1 : 0);
			copy(in, exchange.getResponseBody());
		}
		if (!node.finish(sent)) {
			throw new IOException("Disconnected");
		}
		exchange.close();
	}

	private static void copy(InputStream in, OutputStream out) throws IOException {
		byte[] buffer = new byte[8192];
		for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
			out.write(buffer, 0, length);
			out.flush();
		}
	}

	private void publish(HttpExchange exchange, String node, byte[] body, int status) {
		this.feed.publish(new Feed.Request(this.side, node, exchange.getRequestMethod(), what(exchange, body), status));
	}

	private static String what(HttpExchange exchange, byte[] body) {
		if (body.length == 0) {
			boolean resumed = exchange.getRequestHeaders().containsKey("Last-Event-ID");
			return exchange.getRequestMethod().equals("DELETE") ? "end the session" : resumed ? "resume" : "listen";
		}
		try {
			JsonNode message = json.readTree(body);
			String method = message.path("method").asString("reply");
			return (method + " " + message.path("params").path("name").asString("")).strip();
		}
		catch (JacksonException ex) {
			return "not JSON";
		}
	}

}
