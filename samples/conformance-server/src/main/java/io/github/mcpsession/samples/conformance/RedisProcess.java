package io.github.mcpsession.samples.conformance;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

import redis.embedded.RedisServer;

/**
 * Another main class of the same jar: a Redis for the nodes of a test to share, on a free
 * port, which it prints. It ends with this JVM.
 */
public final class RedisProcess {

	private RedisProcess() {
	}

	public static void main(String[] args) throws IOException, InterruptedException {
		int port;
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = socket.getLocalPort();
		}
		// brings a shutdown hook of its own
		RedisServer.newRedisServer()
			.port(port)
			.bind("127.0.0.1")
			.setting("save \"\"")
			.setting("appendonly no")
			.build()
			.start();
		System.out.println("port " + port);
		Thread.currentThread().join();
	}

}
