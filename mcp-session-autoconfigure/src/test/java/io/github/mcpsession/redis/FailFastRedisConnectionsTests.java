package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import io.github.mcpsession.server.NodeRuntime;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisProcess;
import io.github.mcpsession.testing.TcpProxy;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Where the connection for sessions goes.
 */
class FailFastRedisConnectionsTests {

	private static final Duration TIMEOUT = Duration.ofMillis(1500);

	@Test
	void itGoesWhereTheConnectionOfTheApplicationGoes() {
		RedisStandaloneConfiguration server = new RedisStandaloneConfiguration("127.0.0.1", TestServers.redisPort());
		server.setDatabase(3);
		assertSameServer(new LettuceConnectionFactory(server), false);
	}

	/**
	 * As with {@code LettuceConnectionFactory.createRedisConfiguration(uri)}.
	 */
	@Test
	void aConfigurationThatCannotBeReadIsShared() {
		RedisConfiguration server = LettuceConnectionFactory
			.createRedisConfiguration("redis://127.0.0.1:" + TestServers.redisPort() + "/3");
		assertSameServer(new LettuceConnectionFactory(server), true);
	}

	private static void assertSameServer(LettuceConnectionFactory application, boolean shared) {
		application.afterPropertiesSet();
		application.start();
		try (SessionRedisConnection sessions = FailFastRedisConnections.like(application, null,
				Duration.ofSeconds(5))) {
			assertThat(sessions.getConnectionFactory() == application).isEqualTo(shared);
			String key = "impatient:" + UUID.randomUUID();
			new StringRedisTemplate(sessions.getConnectionFactory()).opsForValue()
				.set(key, "here", Duration.ofMinutes(1));
			assertThat(new StringRedisTemplate(application).opsForValue().get(key)).isEqualTo("here");
		}
		finally {
			application.destroy();
		}
	}

	/**
	 * As after a failover behind one address.
	 */
	@Test
	void aServerThatCannotBeWrittenIsLeftForTheOneThatCan() throws Exception {
		try (RedisProcess before = RedisProcess.start(TestServers.freePort());
				RedisProcess after = RedisProcess.start(TestServers.freePort());
				TcpProxy address = new TcpProxy(before.port())) {
			LettuceConnectionFactory application = start("127.0.0.1", address.port());
			try (SessionRedisConnection sessions = FailFastRedisConnections.like(application, null, TIMEOUT);
					RedisNodeChannel channel = new RedisNodeChannel(sessions.getConnectionFactory(), "k", "n")) {
				channel.heartbeat("a", Duration.ofMinutes(1));
				assertThat(channel.receive("a", Duration.ofMillis(10))).isEmpty();
				address.target(after.port());
				before.command("REPLICAOF 127.0.0.1 " + after.port());
				await().atMost(Duration.ofSeconds(5)).ignoreExceptions().until(() -> {
					channel.heartbeat("a", Duration.ofMinutes(1));
					return true;
				});
				assertThat(after.command("EXISTS k:n:{cluster}:nodes")).isEqualTo("1");
				channel.sendToAll("x");
				await().atMost(Duration.ofSeconds(5))
					.ignoreExceptions()
					.until(() -> channel.receive("a", Duration.ofSeconds(1)).equals(List.of("x")));
			}
			finally {
				application.destroy();
			}
		}
	}

	@Test
	void thePasswordIsAskedForAtEachConnect() throws Exception {
		try (RedisProcess redis = RedisProcess.start(TestServers.freePort());
				TcpProxy address = new TcpProxy(redis.port())) {
			redis.command("CONFIG SET requirepass before");
			LettuceConnectionFactory application = factory("127.0.0.1", address.port());
			application.getStandaloneConfiguration().setPassword("before");
			application.afterPropertiesSet();
			application.start();
			try (SessionRedisConnection sessions = FailFastRedisConnections.like(application, null, TIMEOUT)) {
				StringRedisTemplate template = new StringRedisTemplate(sessions.getConnectionFactory());
				template.opsForValue().set("x", "1");
				new StringRedisTemplate(application).execute((RedisCallback<Void>) (connection) -> {
					connection.serverCommands().setConfig("requirepass", "after");
					return null;
				});
				application.getStandaloneConfiguration().setPassword("after");
				assertThat(template.opsForValue().get("x")).isEqualTo("1");
				address.cut();
				address.heal();
				await().atMost(Duration.ofSeconds(5))
					.ignoreExceptions()
					.until(() -> "1".equals(template.opsForValue().get("x")));
			}
			finally {
				application.destroy();
			}
		}
	}

	/**
	 * The connection was cut while nobody used it, or nobody could, as in a process that
	 * was suspended.
	 */
	@Test
	void aCommandWaitsForTheConnectionThatIsBeingReplaced() throws Exception {
		try (TcpProxy address = new TcpProxy(TestServers.redisPort())) {
			LettuceConnectionFactory application = start("127.0.0.1", address.port());
			try (SessionRedisConnection sessions = FailFastRedisConnections.like(application, null, TIMEOUT)) {
				StringRedisTemplate template = new StringRedisTemplate(sessions.getConnectionFactory());
				template.opsForValue().get("x");
				for (int i = 0; i < 5; i++) {
					address.cut();
					address.heal();
					await().pollDelay(Duration.ofMillis(20)).until(() -> true);
					assertThat(template.opsForValue().get("x")).isNull();
				}
			}
			finally {
				application.destroy();
			}
		}
	}

	@Test
	void replicasAreNotRead() throws Exception {
		try (RedisProcess master = RedisProcess.start(TestServers.freePort());
				RedisProcess replica = RedisProcess.start(TestServers.freePort(), "replicaof",
						"127.0.0.1 " + master.port());
				Node node = Node.start("A",
						List.of("mcp.session.store=redis",
								"spring.data.redis.masterreplica.nodes=" + master.address() + "," + replica.address(),
								"spring.data.redis.lettuce.read-from=replica-preferred"))) {
			await().until(() -> node.bean(NodeRuntime.class).nodes().size() == 1);
			replica.suspend();
			for (int i = 0; i < 3; i++) {
				RawClient client = new RawClient().initialize(node.uri());
				assertThat(client.call(node.uri(), "count")).isEqualTo("1");
				assertThat(client.call(node.uri(), "count")).isEqualTo("2");
			}
		}
	}

	/**
	 * Which has not all of the commands.
	 */
	@Test
	void anOldServerIsRefusedAtStart() {
		try (RedisProcess old = RedisProcess.start(TestServers.freePort(), "rename-command", "XTRIM HIDDEN")) {
			assertThatExceptionOfType(Exception.class)
				.isThrownBy(() -> Node
					.start("A", List.of("mcp.session.store=redis", "spring.data.redis.port=" + old.port()))
					.close())
				.havingRootCause()
				.withMessageContaining("Redis 6.2");
		}
	}

	private static LettuceConnectionFactory start(String host, int port) {
		LettuceConnectionFactory factory = factory(host, port);
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

	private static LettuceConnectionFactory factory(String host, int port) {
		return new LettuceConnectionFactory(new RedisStandaloneConfiguration(host, port));
	}

}
