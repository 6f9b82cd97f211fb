package io.github.mcpsession.testing;

import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import redis.embedded.core.ExecutableProvider;

import org.springframework.util.FileSystemUtils;

import static org.awaitility.Awaitility.await;

/**
 * A redis-server process with any settings, also a sentinel. It ends with this JVM at the
 * latest.
 */
public final class RedisProcess implements AutoCloseable {

	private static final int BUS_PORT_OFFSET = 10_000;

	private static File executable;

	private final Process process;

	private final int port;

	private RedisProcess(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	/**
	 * Start a server, and wait until it answers.
	 * @param settings names and values in turn, as in redis.conf
	 */
	public static RedisProcess start(int port, String... settings) {
		List<String> arguments = new ArrayList<>(List.of("--port", String.valueOf(port), "--bind", "127.0.0.1",
				"--save", "", "--appendonly", "no", "--dir", newDirectory().toString()));
		for (int i = 0; i < settings.length; i += 2) {
			arguments.add("--" + settings[i]);
			arguments.addAll(List.of(settings[i + 1].split(" ")));
		}
		return run(port, arguments);
	}

	/**
	 * Start a sentinel, and wait until it answers.
	 * @param settings the lines of its configuration
	 */
	public static RedisProcess startSentinel(int port, String... settings) {
		try {
			Path directory = newDirectory();
			List<String> lines = new ArrayList<>(
					List.of("port " + port, "bind 127.0.0.1", "dir " + directory, "protected-mode no"));
			lines.addAll(List.of(settings));
			Path configuration = Files.write(directory.resolve("sentinel.conf"), lines);
			return run(port, List.of(configuration.toString(), "--sentinel"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static RedisProcess run(int port, List<String> arguments) {
		try {
			List<String> command = new ArrayList<>(List.of(executable().getPath()));
			command.addAll(arguments);
			Process process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(new File("target", "redis-" + port + ".log"))
				.start();
			Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
			RedisProcess redis = new RedisProcess(process, port);
			await().atMost(Duration.ofSeconds(20)).pollInterval(Duration.ofMillis(20)).until(redis::isAnswering);
			return redis;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static synchronized File executable() throws IOException {
		if (executable == null) {
			executable = ExecutableProvider.newJarResourceProvider().get();
		}
		return executable;
	}

	private static Path newDirectory() {
		try {
			Path directory = Files.createTempDirectory("mcp-session-redis");
			Runtime.getRuntime()
				.addShutdownHook(new Thread(() -> FileSystemUtils.deleteRecursively(directory.toFile())));
			return directory;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private boolean isAnswering() {
		if (!this.process.isAlive()) {
			throw new IllegalStateException("redis-server has ended: see target/redis-" + this.port + ".log");
		}
		try {
			command("PING");
			return true;
		}
		catch (UncheckedIOException ex) {
			return false;
		}
	}

	public int port() {
		return this.port;
	}

	public String address() {
		return "127.0.0.1:" + this.port;
	}

	/**
	 * Send a command as an administrator would by hand.
	 * @return the answer, if it is no list
	 */
	public String command(String command) {
		return command(this.port, command);
	}

	public static String command(int port, String command) {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
			socket.setSoTimeout(5000);
			socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
			DataInputStream in = new DataInputStream(socket.getInputStream());
			String line = readLine(in);
			if (line.startsWith("$")) {
				byte[] text = new byte[Math.max(0, Integer.parseInt(line.substring(1)))];
				in.readFully(text);
				return new String(text, StandardCharsets.UTF_8);
			}
			if (line.startsWith("-") && !line.startsWith("-NOAUTH")) {
				throw new IllegalStateException(line);
			}
			return line.substring(1);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String readLine(DataInputStream in) throws IOException {
		StringBuilder line = new StringBuilder();
		for (int read = in.readUnsignedByte(); read != '\n'; read = in.readUnsignedByte()) {
			line.append((char) read);
		}
		return line.toString().strip();
	}

	/**
	 * SIGKILL.
	 */
	public void kill() {
		this.process.destroyForcibly();
		try {
			this.process.waitFor(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Have the process hang: connections stay, and nothing is answered.
	 */
	public void suspend() {
		signal("STOP");
	}

	public void resume() {
		signal("CONT");
	}

	private void signal(String signal) {
		try {
			new ProcessBuilder("kill", "-" + signal, String.valueOf(this.process.pid())).start().waitFor();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void close() {
		kill();
	}

	/**
	 * A port that is free together with the one that nodes of a Redis Cluster use beside
	 * it.
	 */
	public static int freeClusterPort() {
		while (true) {
			int port = ThreadLocalRandom.current().nextInt(20_000, 30_000);
			try (ServerSocket ignored = new ServerSocket(port);
					ServerSocket bus = new ServerSocket(port + BUS_PORT_OFFSET)) {
				return port;
			}
			catch (IOException ex) {
				// the next one
			}
		}
	}

}
