package io.github.mcpsession.testing;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static org.awaitility.Awaitility.await;

/**
 * A server in a process of its own, so that it can be killed.
 */
public final class ProcessNode implements AutoCloseable {

	private final Process process;

	private final int port;

	private ProcessNode(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	public static ProcessNode start(String name, List<String> properties, String... jvmArguments) {
		return start(name, TestServers.freePort(), properties, jvmArguments);
	}

	public static ProcessNode start(String name, int port, List<String> properties, String... jvmArguments) {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.add("-XX:TieredStopAtLevel=1");
		command.addAll(List.of(jvmArguments));
		command.add("-cp");
		command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
		command.add(TestApplication.class.getName());
		Map<String, Object> arguments = new HashMap<>(TestApplication.defaults());
		arguments.put("server.port", port);
		properties.forEach((property) -> {
			String[] parts = property.split("=", 2);
			arguments.put(parts[0], parts[1]);
		});
		arguments.forEach((key, value) -> command.add("--" + key + "=" + value));
		command.add("--test.node=" + name);
		try {
			ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(new File("target", "node-" + name + "-" + port + ".log"));
			ProcessNode node = new ProcessNode(builder.start(), port);
			await().atMost(Duration.ofSeconds(60)).until(node::isListening);
			return node;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private boolean isListening() {
		if (!this.process.isAlive()) {
			throw new IllegalStateException("The process of the node has ended: see target/node-*.log");
		}
		try (java.net.Socket socket = new java.net.Socket("127.0.0.1", this.port)) {
			return socket.isConnected();
		}
		catch (IOException ex) {
			return false;
		}
	}

	public URI uri() {
		return URI.create("http://127.0.0.1:" + this.port + "/mcp");
	}

	public int port() {
		return this.port;
	}

	public long pid() {
		return this.process.pid();
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
	 * SIGTERM.
	 * @return how long it took to end
	 */
	public Duration stop() {
		long start = System.nanoTime();
		this.process.destroy();
		try {
			if (!this.process.waitFor(60, TimeUnit.SECONDS)) {
				throw new IllegalStateException("The process of the node does not end");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return Duration.ofNanos(System.nanoTime() - start);
	}

	@Override
	public void close() {
		kill();
	}

}
