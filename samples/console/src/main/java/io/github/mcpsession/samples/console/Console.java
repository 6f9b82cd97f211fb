package io.github.mcpsession.samples.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpHandler;
import redis.embedded.RedisServer;

/**
 * A Redis, three nodes on it and two plain ones, a round robin for each of the two
 * clusters, and the page. All of them are stopped when it is closed, or else when this
 * JVM ends.
 */
public final class Console implements AutoCloseable {

	private final RedisServer redis;

	private final List<NodeProcess> nodes;

	private final List<LocalServer> servers = new ArrayList<>();

	private final ScheduledExecutorService monitor = Executors.newScheduledThreadPool(6);

	private final String uri;

	/**
	 * Start everything, without waiting for the nodes.
	 * @param port the port of the page, which those of the two round robins follow, or 0
	 * for any
	 * @param directory where the output of the nodes goes
	 */
	Console(int port, Path directory) throws IOException {
		Files.createDirectories(directory);
		int redisPort = freePort();
		this.redis = RedisServer.newRedisServer()
			.port(redisPort)
			.bind("127.0.0.1")
			.setting("save \"\"")
			.setting("appendonly no")
			.build();
		List<NodeProcess> managed = nodes(directory, List.of("A", "B", "C"), "--spring.data.redis.host=127.0.0.1",
				"--spring.data.redis.port=" + redisPort);
		List<NodeProcess> plain = nodes(directory, List.of("D", "E"), "--mcp.session.enabled=false");
		this.nodes = Stream.concat(managed.stream(), plain.stream()).toList();
		Feed feed = new Feed();
		RoundRobin balancer = new RoundRobin("managed", managed, feed);
		RoundRobin plainBalancer = new RoundRobin("plain", plain, feed);
		ControlServer control = new ControlServer(this.nodes, feed, plainBalancer::toggleSticky);
		LocalServer page = serve(port, control::handle);
		this.uri = "http://127.0.0.1:" + page.port() + "/";
		Map<String, String> endpoints = Map.of("managed", endpoint((port > 0) ? port + 1 : 0, balancer, page), "plain",
				endpoint((port > 0) ? port + 2 : 0, plainBalancer, page));
		// brings a shutdown hook of its own
		this.redis.start();
		Runtime.getRuntime().addShutdownHook(new Thread(this::killAll));
		for (NodeProcess node : this.nodes) {
			node.start();
			repeat(node::probe);
		}
		repeat(() -> feed.publishState(Snapshot.of(endpoints, plainBalancer.isSticky(), managed, plain)));
	}

	public static void main(String[] args) throws IOException {
		// Maven, which may be stopped by other means than Ctrl+C
		ProcessHandle.current().parent().ifPresent((parent) -> parent.onExit().thenRun(() -> System.exit(0)));
		try {
			Console console = new Console(Integer.parseInt(args[0]), Path.of("target", "console"));
			System.out.printf("%n  Open %s in a browser. Ctrl+C ends it.%n%n", console.uri());
		}
		catch (BindException ex) {
			System.err.printf("Port %s or one of the next two is in use: set another one by -Dconsole.port%n", args[0]);
			System.exit(1);
		}
	}

	private static List<NodeProcess> nodes(Path directory, List<String> letters, String... arguments) {
		return letters.stream()
			.map((letter) -> new NodeProcess(letter, directory.toAbsolutePath(), List.of(arguments)))
			.toList();
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	private LocalServer serve(int port, HttpHandler handler) throws IOException {
		LocalServer server = new LocalServer(port, handler);
		this.servers.add(server);
		return server;
	}

	private String endpoint(int port, RoundRobin balancer, LocalServer page) throws IOException {
		return "http://127.0.0.1:" + serve(port, (exchange) -> balancer.handle(exchange, page)).port() + "/mcp";
	}

	private void repeat(Runnable task) {
		this.monitor.scheduleWithFixedDelay(task, 0, 400, TimeUnit.MILLISECONDS);
	}

	/**
	 * The address of the page.
	 */
	String uri() {
		return this.uri;
	}

	private void killAll() {
		this.monitor.shutdownNow();
		this.nodes.forEach(NodeProcess::kill);
	}

	@Override
	public void close() {
		killAll();
		this.servers.forEach(LocalServer::close);
		try {
			this.redis.stop();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
