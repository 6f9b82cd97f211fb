package io.github.mcpsession.samples.console;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server that only this machine reaches, under a name of this machine, so that no
 * other site gets to it through the browser. Every request has a thread of its own.
 */
final class LocalServer implements AutoCloseable {

	static {
		// an event is to be sent when it is written
		System.setProperty("sun.net.httpserver.nodelay", "true");
	}

	private final HttpServer server;

	private final ExecutorService threads = Executors.newCachedThreadPool((task) -> {
		Thread thread = new Thread(task, "http");
		thread.setDaemon(true);
		return thread;
	});

	/**
	 * Start a server.
	 * @param port the port, or 0 for any
	 * @param handler what handles requests; if it throws, the connection is cut
	 */
	LocalServer(int port, HttpHandler handler) throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/", (exchange) -> {
			if (!isHost(exchange.getRequestHeaders().getFirst("Host"))) {
				respond(exchange, 421, "text/plain", "This server is on 127.0.0.1 only\n");
				return;
			}
			handler.handle(exchange);
		});
		this.server.start();
	}

	int port() {
		return this.server.getAddress().getPort();
	}

	/**
	 * Whether a page of this server is what a request came from.
	 * @param origin the header {@code Origin}
	 * @return whether it is
	 */
	boolean isOrigin(String origin) {
		return origin.startsWith("http://") && isHost(origin.substring("http://".length()));
	}

	private boolean isHost(@Nullable String host) {
		return host != null && Set.of("127.0.0.1:" + port(), "localhost:" + port()).contains(host);
	}

	static void respond(HttpExchange exchange, int status, String type, String body) throws IOException {
		respond(exchange, status, type, body.getBytes(StandardCharsets.UTF_8));
	}

	static void respond(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
		exchange.getResponseHeaders().set("Content-Type", type);
		exchange.sendResponseHeaders(status, (body.length > 0) ? body.length : -1);
		exchange.getResponseBody().write(body);
		exchange.close();
	}

	@Override
	public void close() {
		this.server.stop(0);
		this.threads.shutdownNow();
	}

}
