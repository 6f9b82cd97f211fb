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
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

import io.github.mcpsession.ClusterChannelContract;
import io.github.mcpsession.cluster.ClusterChannel;
import io.github.mcpsession.testing.TcpProxy;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.stream.RecordId;
import org.springframework.data.redis.connection.stream.StreamRecords;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class RedisClusterChannelTests extends ClusterChannelContract {

	private static final Duration COMMAND_TIMEOUT = Duration.ofMillis(1500);

	private static LettuceConnectionFactory connectionFactory;

	private static StringRedisTemplate redis;

	@BeforeAll
	static void connect() {
		connectionFactory = connectTo(TestServers.redisPort());
		redis = new StringRedisTemplate(connectionFactory);
	}

	private static LettuceConnectionFactory connectTo(int port) {
		LettuceConnectionFactory factory = new LettuceConnectionFactory("127.0.0.1", port);
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

	@AfterAll
	static void disconnect() {
		connectionFactory.destroy();
	}

	@Override
	protected ClusterChannel createChannel(String namespace) {
		return new RedisClusterChannel(connectionFactory, "mcp:session", namespace);
	}

	@Override
	protected long amountOfData(String namespace) {
		return keys(namespace).size();
	}

	private static Set<String> keys(String namespace) {
		return redis.keys("*" + namespace + "*");
	}

	private String key(String name) {
		return "mcp:session:" + this.namespace + ":{cluster}:" + name;
	}

	@Test
	void allKeysAreInOneSlotAndEndWithTheCluster() {
		this.channelOfA.send(this.b, "1");
		this.channelOfA.sendToAll("2");
		assertThat(keys(this.namespace)).containsExactlyInAnyOrder(key("nodes"), key("inbox:" + this.b), key("all"),
				key("counter"), key("joined"));
		assertThat(keys(this.namespace)).allSatisfy((key) -> assertThat(redis.getExpire(key)).isBetween(1400L, 1500L));
		this.channelOfA.heartbeat(this.a, Duration.ofSeconds(6));
		assertThat(redis.getExpire(key("nodes"))).isBetween(50L, 60L);
		assertThat(redis.getExpire(key("all"))).isBetween(50L, 60L);
	}

	@Test
	void whatWasReadAndWhoIsLongDeadDoesNotStay() throws Exception {
		this.channelOfA.send(this.b, "1");
		this.channelOfA.send(this.b, "2");
		redis.opsForHash().put(key("joined"), this.c, "1000");
		redis.opsForZSet().add(key("nodes"), this.c, System.currentTimeMillis() - Duration.ofHours(1).toMillis());
		receive(this.channelOfB, this.b, 2);
		this.channelOfB.heartbeat(this.b, LONG);
		assertThat(redis.opsForStream().size(key("inbox:" + this.b))).isOne();
		assertThat(redis.opsForZSet().range(key("nodes"), 0, -1)).containsExactlyInAnyOrder(this.a, this.b);
		assertThat(redis.opsForHash().keys(key("joined"))).containsExactlyInAnyOrder(this.a, this.b);
		assertNothingFor(this.channelOfB, this.b);
	}

	@Test
	void aRedisThatLostEverythingIsJoinedAgain() throws Exception {
		this.channelOfA.send(this.b, "1");
		this.channelOfA.sendToAll("2");
		receive(this.channelOfB, this.b, 2);
		redis.delete(keys(this.namespace));
		assertThat(this.channelOfA.send(this.b, "lost")).isFalse();
		this.channelOfB.heartbeat(this.b, LONG);
		// as with a clock that is behind the one of before
		redis.opsForStream()
			.add(StreamRecords.string(Map.of("message", "3"))
				.withStreamKey(key("inbox:" + this.b))
				.withId(RecordId.of("1-1")));
		this.channelOfA.sendToAll("4");
		assertThat(receive(this.channelOfB, this.b, 2)).containsExactly("3", "4");
	}

	@Test
	void aCutConnectionLosesNothing() throws Exception {
		try (TcpProxy proxy = new TcpProxy(TestServers.redisPort())) {
			LettuceConnectionFactory application = connectTo(proxy.port());
			try (SessionRedisConnection connection = ImpatientLettuce.like(application, COMMAND_TIMEOUT);
					RedisClusterChannel cut = new RedisClusterChannel(connection.getConnectionFactory(), "mcp:session",
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
				await().atMost(Duration.ofSeconds(10)).ignoreExceptions().until(() -> cut.nodes().contains(this.c));
				receiver.interrupt();
				await().atMost(Duration.ofSeconds(10)).until(() -> !receiver.isAlive());
			}
			finally {
				application.destroy();
			}
		}
	}

	private static boolean isBroken(ClusterChannel channel) {
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
		LettuceConnectionFactory application = connectTo(port);
		try (SessionRedisConnection connection = ImpatientLettuce.like(application, COMMAND_TIMEOUT);
				RedisClusterChannel idle = new RedisClusterChannel(connection.getConnectionFactory(), "p", "n")) {
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
