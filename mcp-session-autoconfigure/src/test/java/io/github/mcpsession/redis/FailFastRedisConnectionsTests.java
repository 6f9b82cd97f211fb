package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.UUID;

import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Where the connection for sessions goes.
 */
class FailFastRedisConnectionsTests {

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
		try (SessionRedisConnection sessions = FailFastRedisConnections.like(application, Duration.ofSeconds(5))) {
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

}
