package io.github.mcpsession.samples.console;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;

/**
 * Serves the page, what happens ({@code /events}), and the buttons, which work from the
 * page only: those of the nodes, for example {@code POST /nodes/A/kill}, and
 * {@code POST /sticky}.
 */
final class ControlServer {

	private static final String SCRIPT = "text/javascript; charset=utf-8";

	private static final Map<String, String> FILES = Map.of("index.html", "text/html; charset=utf-8", "console.css",
			"text/css; charset=utf-8", "console.js", SCRIPT, "side.js", SCRIPT, "mcp.js", SCRIPT);

	private final List<NodeProcess> nodes;

	private final Feed feed;

	private final Runnable sticky;

	/**
	 * Create the server.
	 * @param nodes the nodes
	 * @param feed what happens
	 * @param sticky what switches sticky sessions on or off
	 */
	ControlServer(List<NodeProcess> nodes, Feed feed, Runnable sticky) {
		this.nodes = nodes;
		this.feed = feed;
		this.sticky = sticky;
	}

	void handle(HttpExchange exchange) throws IOException {
		Headers headers = exchange.getResponseHeaders();
		headers.set("Cache-Control", "no-store");
		headers.set("X-Content-Type-Options", "nosniff");
		// no frame of another site may lead clicks here
		headers.set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; "
				+ "connect-src 'self' http://127.0.0.1:*; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
		String path = exchange.getRequestURI().getPath();
		try {
			if (exchange.getRequestMethod().equals("POST")) {
				press(exchange, path);
			}
			else if (path.equals("/events")) {
				headers.set("Content-Type", "text/event-stream");
				exchange.sendResponseHeaders(200, 0);
				this.feed.follow(exchange.getResponseBody());
			}
			else {
				serve(exchange, path.equals("/") ? "index.html" : path.substring(1));
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static void serve(HttpExchange exchange, String file) throws IOException {
		String type = FILES.get(file);
		if (type == null) {
			LocalServer.respond(exchange, 404, "text/plain", "Not found\n");
			return;
		}
		try (InputStream in = ControlServer.class.getResourceAsStream("/static/" + file)) {
			if (in == null) {
				throw new IOException("Not on the class path: " + file);
			}
			LocalServer.respond(exchange, 200, type, in.readAllBytes());
		}
	}

	private void press(HttpExchange exchange, String path) throws IOException {
		// a browser sends it with each POST, and no page can change it
		String page = "http://" + exchange.getRequestHeaders().getFirst("Host");
		if (!page.equals(exchange.getRequestHeaders().getFirst("Origin"))) {
			LocalServer.respond(exchange, 403, "text/plain", "Not from this page\n");
			return;
		}
		boolean found = press(path);
		LocalServer.respond(exchange, found ? 204 : 404, "text/plain", found ? "" : "No such button\n");
	}

	private boolean press(String path) throws IOException {
		if (path.equals("/sticky")) {
			this.sticky.run();
			return true;
		}
		String[] parts = path.split("/");
		for (NodeProcess node : this.nodes) {
			if (parts.length == 4 && parts[1].equals("nodes") && parts[2].equals(node.letter())) {
				return press(node, parts[3]);
			}
		}
		return false;
	}

	private static boolean press(NodeProcess node, String button) throws IOException {
		switch (button) {
			case "kill" -> node.kill();
			case "freeze" -> node.freeze();
			case "start" -> node.start();
			default -> {
				return false;
			}
		}
		return true;
	}

}
