package io.github.mcpsession.samples.failover;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import static org.awaitility.Awaitility.await;

/**
 * A {@link FailoverServer} in a process of its own. It takes a free port, and tells it in
 * a file once it listens there.
 */
final class ServerProcess {

	private static final Duration START_TIMEOUT = Duration.ofSeconds(90);

	private final String name;

	private final Process process;

	private final Path portFile;

	private volatile int port;

	private ServerProcess(String name, Process process, Path portFile) {
		this.name = name;
		this.process = process;
		this.portFile = portFile;
	}

	/**
	 * Start a server, without waiting for it.
	 * @param name what the server is called
	 * @param redisPort the port of Redis on this machine
	 * @param directory where its log and its port go
	 * @return the server
	 */
	static ServerProcess start(String name, int redisPort, Path directory) {
		Path portFile = directory.resolve(name + ".port");
		ProcessBuilder builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-Xmx256m", "-Dportfile=" + portFile, "-Dfailover.log-level=INFO", "-cp",
				System.getProperty("java.class.path"), FailoverServer.class.getName(), "--failover.node=" + name,
				"--spring.data.redis.host=127.0.0.1", "--spring.data.redis.port=" + redisPort);
		builder.redirectErrorStream(true).redirectOutput(directory.resolve(name + ".log").toFile());
		try {
			Files.deleteIfExists(portFile);
			return new ServerProcess(name, builder.start(), portFile);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Wait until the server listens.
	 */
	void awaitReady() {
		String text = await().alias(this.name + " listens")
			.atMost(START_TIMEOUT)
			.failFast(this.name + " has ended: see its log", () -> !this.process.isAlive())
			.until(this::readPortFile, (content) -> !content.isEmpty());
		this.port = Integer.parseInt(text);
	}

	private String readPortFile() throws IOException {
		return Files.exists(this.portFile) ? Files.readString(this.portFile) : "";
	}

	/**
	 * Whether the server accepts a connection, as a load balancer would find out.
	 * @return whether it does
	 */
	boolean isListening() {
		try (Socket socket = new Socket()) {
			socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), this.port), 1000);
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * SIGKILL: no goodbye to clients, no last write to Redis.
	 */
	void kill() {
		this.process.destroyForcibly();
		try {
			this.process.waitFor(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	String name() {
		return this.name;
	}

	URI uri() {
		return URI.create("http://127.0.0.1:" + this.port + "/mcp");
	}

	@Override
	public String toString() {
		return "%s (process %d, port %d)".formatted(this.name, this.process.pid(), this.port);
	}

}
