package io.github.mcpsession.redis;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import io.github.mcpsession.testing.RedisKeyspace;
import io.github.mcpsession.testing.TcpProxy;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@OnBackends(Backend.REDIS)
class StandaloneRedisNodeChannelTests extends RedisNodeChannelTests {

	private static final Duration COMMAND_TIMEOUT = Duration.ofMillis(1500);

	@Test
	void aCutConnectionLosesNothing() throws Exception {
		try (TcpProxy proxy = new TcpProxy(TestServers.redisPort())) {
			LettuceConnectionFactory application = RedisKeyspace.connect(proxy.port());
			try (SessionRedisConnection connection = FailFastRedisConnections.like(application, null, COMMAND_TIMEOUT);
					RedisNodeChannel cut = new RedisNodeChannel(connection.getConnectionFactory(), "mcp:session",
							this.namespace)) {
				cut.heartbeat(this.c, LONG);
				Queue<String> received = new ConcurrentLinkedQueue<>();
				Thread receiver = receiveAll(cut, this.c, received);
				List<String> messages = IntStream.range(0, 1000).mapToObj(String::valueOf).toList();
				for (int i = 0; i < messages.size(); i++) {
					switch (i) {
						case 300, 700 -> proxy.cut();
						case 400 -> await().atMost(Duration.ofSeconds(10)).until(() -> isBroken(cut));
						case 500, 900 -> proxy.heal();
						default -> {
						}
					}
					if (i % 7 == 0) {
						this.channelOfA.sendToAll(messages.get(i));
					}
					else {
						assertThat(this.channelOfA.send(this.c, messages.get(i))).isTrue();
					}
				}
				await().atMost(Duration.ofSeconds(20)).until(() -> received.contains("999"));
				assertThat(received.stream().distinct()).containsExactlyElementsOf(messages);
				await().atMost(Duration.ofSeconds(10)).ignoreExceptions().until(() -> cut.nodes().containsKey(this.c));
				receiver.interrupt();
				await().atMost(Duration.ofSeconds(10)).until(() -> !receiver.isAlive());
			}
			finally {
				application.destroy();
			}
		}
	}

	private static boolean isBroken(NodeChannel channel) {
		try {
			channel.nodes();
			return false;
		}
		catch (RuntimeException ex) {
			return true;
		}
	}

	/**
	 * As a node does it: a heartbeat every two seconds, and a receiver that always waits.
	 */
	@Test
	void anIdleNodeSendsAtMostTwoCommandsASecond() throws Exception {
		int port = TestServers.freePort();
		RedisServer server = TestServers.newRedis(port);
		server.start();
		LettuceConnectionFactory application = RedisKeyspace.connect(port);
		try (SessionRedisConnection connection = FailFastRedisConnections.like(application, null, COMMAND_TIMEOUT);
				RedisNodeChannel idle = new RedisNodeChannel(connection.getConnectionFactory(), "p", "n")) {
			idle.heartbeat(this.c, Duration.ofSeconds(6));
			idle.receive(this.c, Duration.ofMillis(50));
			Duration time = Duration.ofSeconds(5);
			long end = System.nanoTime() + time.toNanos();
			List<String> commands;
			try (Socket monitor = new Socket("127.0.0.1", port)) {
				monitor.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.US_ASCII));
				while (System.nanoTime() < end) {
					idle.heartbeat(this.c, Duration.ofSeconds(6));
					idle.receive(this.c, Duration.ofSeconds(2));
				}
				commands = linesOf(monitor);
			}
			assertThat(commands).anyMatch((command) -> command.contains("\"EVALSHA\""));
			long fromClient = commands.stream().filter((command) -> !command.contains(" lua] ")).count();
			assertThat(fromClient).isBetween(2L, 2 * (time.toSeconds() + 1));
		}
		finally {
			application.destroy();
			server.stop();
		}
	}

	private static List<String> linesOf(Socket socket) throws IOException {
		socket.setSoTimeout(300);
		List<String> lines = new ArrayList<>();
		try {
			BufferedReader reader = new BufferedReader(
					new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
			reader.readLine();
			while (true) {
				lines.add(reader.readLine());
			}
		}
		catch (SocketTimeoutException ex) {
			return lines;
		}
	}

}
