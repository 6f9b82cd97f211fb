package io.github.mcpsession.samples.console;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A {@link NodeApplication} in a process of its own, which can be killed, frozen and
 * started again; and what the round robin knows of it, by probes alone. Buttons are
 * handled on threads of the control server, one at a time; probes come one after the
 * other.
 */
final class NodeProcess {

	enum State {

		STARTING, UP, FROZEN, DEAD

	}

	private static final Duration PROBE_TIMEOUT = Duration.ofMillis(700);

	private static final int PROBES_TO_FAIL = 2;

	private static final HttpClient http = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.connectTimeout(Duration.ofSeconds(1))
		.build();

	private static final JsonMapper json = new JsonMapper();

	private final String letter;

	private final List<String> arguments;

	private final Path directory;

	private final Set<CompletableFuture<HttpResponse<InputStream>>> exchanges = ConcurrentHashMap.newKeySet();

	private volatile @Nullable Process process;

	private volatile boolean frozen;

	private volatile int port;

	private volatile boolean inRotation;

	private volatile JsonNode health = json.createObjectNode();

	private int failedProbes;

	/**
	 * Describe a node, without starting it.
	 * @param letter what it is called
	 * @param directory where its log and its port go
	 * @param arguments of the application
	 */
	NodeProcess(String letter, Path directory, List<String> arguments) {
		this.letter = letter;
		this.directory = directory;
		this.arguments = arguments;
	}

	String letter() {
		return this.letter;
	}

	/**
	 * Start the process, or continue it if it is frozen.
	 */
	synchronized void start() throws IOException {
		if (this.frozen) {
			signal("-CONT");
			this.frozen = false;
		}
		else if (!isAlive()) {
			Path portFile = this.directory.resolve(this.letter + ".port");
			Files.deleteIfExists(portFile);
			this.port = 0;
			this.inRotation = false;
			List<String> command = new ArrayList<>(
					List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
							"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx192m", "-Dportfile=" + portFile, "-cp",
							System.getProperty("java.class.path"), NodeApplication.class.getName(),
							"--console.node=" + this.letter));
			command.addAll(this.arguments);
			this.process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(this.directory.resolve(this.letter + ".log").toFile())
				.start();
		}
	}

	/**
	 * SIGKILL: no goodbye to clients, no last write to Redis. The round robin is not
	 * told.
	 */
	synchronized void kill() {
		Process process = this.process;
		if (process != null) {
			process.destroyForcibly();
			process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
			this.frozen = false;
		}
	}

	/**
	 * SIGSTOP: the process stays, with all its connections, and does nothing.
	 */
	synchronized void freeze() throws IOException {
		if (isAlive() && !this.frozen) {
			signal("-STOP");
			this.frozen = true;
		}
	}

	private void signal(String signal) throws IOException {
		Process process = this.process;
		if (process != null) {
			new ProcessBuilder("kill", signal, Long.toString(process.pid())).inheritIO().start();
		}
	}

	private boolean isAlive() {
		Process process = this.process;
		return process != null && process.isAlive();
	}

	State state() {
		if (!isAlive()) {
			return State.DEAD;
		}
		if (this.frozen) {
			return State.FROZEN;
		}
		return this.inRotation ? State.UP : State.STARTING;
	}

	/**
	 * Whether the round robin sends requests here. It takes two failed probes until it
	 * does not.
	 * @return whether it does
	 */
	boolean isInRotation() {
		return this.inRotation;
	}

	/**
	 * What the health indicator of mcp-session said last.
	 * @param detail which of its details
	 * @return the detail, which is missing on a plain node
	 */
	JsonNode sessionHealth(String detail) {
		return this.health.path("components").path("mcpSession").path("details").path(detail);
	}

	/**
	 * Find out whether the node responds. When it stops to, all that it was asked is
	 * given up, so that clients need not wait for a node that does nothing.
	 */
	void probe() {
		try {
			this.health = json.readTree(get("/actuator/health"));
			this.failedProbes = 0;
			this.inRotation = true;
		}
		catch (IOException | JacksonException ex) {
			if (this.inRotation && ++this.failedProbes >= PROBES_TO_FAIL) {
				this.inRotation = false;
				this.health = json.createObjectNode();
				disconnect();
			}
		}
	}

	/**
	 * Ask the node something that it answers at once.
	 * @param path the path
	 * @return the body of the response
	 * @throws IOException if it does not respond
	 */
	String get(String path) throws IOException {
		try {
			return http.send(HttpRequest.newBuilder(uri(path)).timeout(PROBE_TIMEOUT).build(), BodyHandlers.ofString())
				.body();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
	}

	/**
	 * Where the node listens; it has said so in a file since it was started.
	 */
	URI uri(String path) throws IOException {
		if (this.port == 0) {
			Path portFile = this.directory.resolve(this.letter + ".port");
			String text = Files.exists(portFile) ? Files.readString(portFile) : "";
			if (text.isEmpty()) {
				throw new IOException("Does not listen yet");
			}
			this.port = Integer.parseInt(text);
		}
		return URI.create("http://127.0.0.1:" + this.port + path);
	}

	/**
	 * Send a request, and remember it until {@link #finish} or until the node does not
	 * respond any longer.
	 */
	CompletableFuture<HttpResponse<InputStream>> send(HttpRequest request) {
		CompletableFuture<HttpResponse<InputStream>> exchange = http.sendAsync(request, BodyHandlers.ofInputStream());
		this.exchanges.add(exchange);
		return exchange;
	}

	/**
	 * Forget a request.
	 * @param exchange what {@link #send} returned
	 * @return whether it was still remembered: if not, the response is incomplete
	 */
	boolean finish(CompletableFuture<HttpResponse<InputStream>> exchange) {
		return this.exchanges.remove(exchange);
	}

	private void disconnect() {
		for (CompletableFuture<HttpResponse<InputStream>> exchange : this.exchanges) {
			this.exchanges.remove(exchange);
			if (!exchange.cancel(true)) {
				exchange.thenAccept((response) -> close(response.body()));
			}
		}
	}

	private static void close(InputStream body) {
		try {
			body.close();
		}
		catch (IOException ex) {
			// nobody is there to be closed
		}
	}

}
