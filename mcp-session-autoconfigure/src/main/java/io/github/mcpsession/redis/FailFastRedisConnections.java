package io.github.mcpsession.redis;

import java.time.Duration;

import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisPassword;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Opens a connection for sessions that goes where the application's own connection goes,
 * with the same credentials and TLS, but does not wait. Lettuce by default queues
 * commands for up to a minute while Redis is away, takes up to 30 s to reconnect, and may
 * be told to read from replicas that lag behind. Nor does it stay with a server that
 * gives no answer.
 */
public final class FailFastRedisConnections {

	private static final Duration RECONNECT_DELAY = Duration.ofMillis(200);

	private FailFastRedisConnections() {
	}

	/**
	 * Open a connection with the settings of the application's, or share the
	 * application's if its settings cannot be read.
	 * @param application the connection factory of the application, which must not be a
	 * static master/replica one, since that is not seen from outside
	 * @param timeout how long connecting, or a command, may take
	 * @return the connection
	 */
	public static SessionRedisConnection like(LettuceConnectionFactory application, Duration timeout) {
		RedisConfiguration where = where(application);
		if (where == null) {
			return SessionRedisConnection.sharing(application);
		}
		ClientResources shared = application.getClientConfiguration()
			.getClientResources()
			.orElseGet(application::getClientResources);
		ClientResources resources = ((shared != null) ? sharing(shared) : DefaultClientResources.builder())
			.reconnectDelay(Delay.constant(RECONNECT_DELAY))
			.nettyCustomizer(new UnansweredCommandHandler(
					(shared != null) ? shared.nettyCustomizer() : DefaultClientResources.DEFAULT_NETTY_CUSTOMIZER,
					timeout))
			.build();
		LettuceConnectionFactory own = new LettuceConnectionFactory(where, new FailFastClientConfiguration(
				application.getClientConfiguration(), resources, timeout, application.isClusterAware()));
		own.afterPropertiesSet();
		own.start();
		return new SessionRedisConnection(own, () -> {
			own.destroy();
			resources.shutdown();
		});
	}

	/**
	 * Only what is handed over by name counts as shared; the rest would be shut down with
	 * our copy.
	 */
	private static ClientResources.Builder sharing(ClientResources shared) {
		return shared.mutate()
			.eventLoopGroupProvider(shared.eventLoopGroupProvider())
			.eventExecutorGroup(shared.eventExecutorGroup())
			.timer(shared.timer());
	}

	private static @Nullable RedisConfiguration where(LettuceConnectionFactory application) {
		if (application.getClusterConfiguration() != null) {
			return application.getClusterConfiguration();
		}
		if (application.getSentinelConfiguration() != null) {
			return application.getSentinelConfiguration();
		}
		if (application.getSocketConfiguration() != null) {
			return application.getSocketConfiguration();
		}
		// one that was made of any RedisConfiguration says "localhost" here
		RedisStandaloneConfiguration standalone = application.getStandaloneConfiguration();
		boolean isUsed = standalone.getHostName().equals(application.getHostName())
				&& standalone.getPort() == application.getPort()
				&& standalone.getDatabase() == application.getDatabase()
				&& standalone.getPassword().equals(RedisPassword.of(application.getPassword()));
		return isUsed ? standalone : null;
	}

}
