package io.github.mcpsession.redis;

import java.time.Duration;

import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;

import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Opens a connection for sessions that goes where the application's own connection goes,
 * with the same credentials and TLS, but does not wait. Lettuce by default queues
 * commands for up to a minute while Redis is away, takes up to 30 s to reconnect, and may
 * be told to read from replicas that lag behind.
 *
 * @since 0.1.0
 */
public final class ImpatientLettuce {

	private static final Duration RECONNECT_DELAY = Duration.ofMillis(500);

	private ImpatientLettuce() {
	}

	/**
	 * Open a connection with the settings of the application's.
	 * @param application the connection factory of the application, which must not be a
	 * static master/replica one, since that one's settings cannot be read
	 * @param timeout how long connecting, or a command, may take
	 * @return the connection
	 */
	public static SessionRedisConnection like(LettuceConnectionFactory application, Duration timeout) {
		ClientResources shared = application.getClientConfiguration()
			.getClientResources()
			.orElseGet(application::getClientResources);
		ClientResources resources = ((shared != null) ? sharing(shared) : DefaultClientResources.builder())
			.reconnectDelay(Delay.constant(RECONNECT_DELAY))
			.build();
		LettuceConnectionFactory own = new LettuceConnectionFactory(where(application),
				new ImpatientClientConfiguration(application.getClientConfiguration(), resources, timeout));
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

	private static RedisConfiguration where(LettuceConnectionFactory application) {
		if (application.getClusterConfiguration() != null) {
			return application.getClusterConfiguration();
		}
		if (application.getSentinelConfiguration() != null) {
			return application.getSentinelConfiguration();
		}
		if (application.getSocketConfiguration() != null) {
			return application.getSocketConfiguration();
		}
		return application.getStandaloneConfiguration();
	}

}
