package io.github.mcpsession.samples.failover;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import redis.embedded.RedisServer;

/**
 * A Redis and some servers on this machine, and a round robin over those that are alive.
 * All of them are stopped when it is closed, or else when this JVM ends.
 */
final class Cluster implements AutoCloseable {

	private final Path directory;

	private final RedisServer redis;

	private final List<ServerProcess> started = new ArrayList<>();

	private final List<ServerProcess> joined = new CopyOnWriteArrayList<>();

	private final AtomicInteger requests = new AtomicInteger();

	private boolean closed;

	/**
	 * Start Redis.
	 * @param directory where the output of the servers goes
	 */
	Cluster(Path directory) {
		this.directory = directory.toAbsolutePath();
		try {
			Files.createDirectories(this.directory);
			this.redis = RedisServer.newRedisServer()
				.port(freePort())
				.bind("127.0.0.1")
				.setting("save \"\"")
				.setting("appendonly no")
				.build();
			// brings a shutdown hook of its own
			this.redis.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		Runtime.getRuntime().addShutdownHook(new Thread(this::killAll));
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	int redisPort() {
		return this.redis.ports().get(0);
	}

	/**
	 * Start servers, all at the same time, and wait until requests may go to them.
	 * @param names what the servers are called
	 * @return the servers, in the order of their names
	 */
	List<ServerProcess> join(String... names) {
		List<ServerProcess> joining = Stream.of(names).map(this::start).toList();
		joining.forEach(ServerProcess::awaitReady);
		this.joined.addAll(joining);
		return joining;
	}

	private synchronized ServerProcess start(String name) {
		if (this.closed) {
			throw new IllegalStateException("Closed");
		}
		ServerProcess server = ServerProcess.start(name, redisPort(), this.directory);
		this.started.add(server);
		return server;
	}

	/**
	 * Where the next request goes. Nobody tells the cluster which servers are dead: like
	 * a load balancer, it tries to connect.
	 * @return the endpoint of the next server that accepts a connection
	 */
	URI next() {
		for (int attempt = 0; attempt < this.joined.size(); attempt++) {
			ServerProcess server = this.joined.get(this.requests.getAndIncrement() % this.joined.size());
			if (server.isListening()) {
				return server.uri();
			}
		}
		throw new IllegalStateException("No server is alive");
	}

	private synchronized void killAll() {
		this.closed = true;
		this.started.forEach(ServerProcess::kill);
	}

	@Override
	public void close() {
		killAll();
		try {
			this.redis.stop();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
