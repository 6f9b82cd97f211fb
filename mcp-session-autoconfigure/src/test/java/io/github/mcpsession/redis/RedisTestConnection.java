package io.github.mcpsession.redis;

import java.time.Duration;

import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.RedisClusterServers;
import io.github.mcpsession.testing.RestrictedRedisUser;
import io.github.mcpsession.testing.TestServers;

import org.springframework.data.redis.connection.RedisClusterConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

/**
 * A connection to a Redis as an application has it, the one that sessions get from it,
 * and an administrator's look at the data.
 */
final class RedisTestConnection implements AutoCloseable {

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	private final LettuceConnectionFactory application;

	private final LettuceConnectionFactory administrator;

	private final SessionRedisConnection sessions;

	private final StringRedisTemplate template;

	private RedisTestConnection(LettuceConnectionFactory application, LettuceConnectionFactory administrator) {
		this.application = started(application);
		this.administrator = started(administrator);
		this.sessions = FailFastRedisConnections.like(this.application, null, TIMEOUT);
		this.template = new StringRedisTemplate(this.administrator);
	}

	private static LettuceConnectionFactory started(LettuceConnectionFactory factory) {
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

	static RedisTestConnection to(Backend backend) {
		return switch (backend) {
			case REDIS -> new RedisTestConnection(server(), server());
			case REDIS_RESTRICTED -> restricted();
			case REDIS_CLUSTER -> cluster();
			default -> throw new IllegalStateException(backend + " is no Redis for Lettuce");
		};
	}

	private static LettuceConnectionFactory server() {
		return new LettuceConnectionFactory("127.0.0.1", TestServers.redisPort());
	}

	private static RedisTestConnection restricted() {
		RedisStandaloneConfiguration restricted = new RedisStandaloneConfiguration("127.0.0.1",
				RestrictedRedisUser.create(TestServers.redisPort()));
		restricted.setUsername(RestrictedRedisUser.NAME);
		restricted.setPassword(RestrictedRedisUser.PASSWORD);
		return new RedisTestConnection(new LettuceConnectionFactory(restricted), server());
	}

	static RedisTestConnection restrictedCluster() {
		RedisClusterServers servers = RedisClusterServers.shared();
		servers.ports().forEach(RestrictedRedisUser::createInCluster);
		RedisClusterConfiguration cluster = new RedisClusterConfiguration(servers.addresses());
		RedisClusterConfiguration restricted = new RedisClusterConfiguration(servers.addresses());
		restricted.setUsername(RestrictedRedisUser.NAME);
		restricted.setPassword(RestrictedRedisUser.PASSWORD);
		return new RedisTestConnection(new LettuceConnectionFactory(restricted), new LettuceConnectionFactory(cluster));
	}

	private static RedisTestConnection cluster() {
		RedisClusterConfiguration cluster = new RedisClusterConfiguration(RedisClusterServers.shared().addresses());
		return new RedisTestConnection(new LettuceConnectionFactory(cluster), new LettuceConnectionFactory(cluster));
	}

	LettuceConnectionFactory sessions() {
		return (LettuceConnectionFactory) this.sessions.getConnectionFactory();
	}

	StringRedisTemplate template() {
		return this.template;
	}

	@Override
	public void close() {
		this.sessions.close();
		this.application.destroy();
		this.administrator.destroy();
	}

}
