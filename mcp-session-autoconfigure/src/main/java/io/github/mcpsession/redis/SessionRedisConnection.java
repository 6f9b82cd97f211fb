package io.github.mcpsession.redis;

import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * The connection to Redis that sessions use. Not itself a {@link RedisConnectionFactory},
 * so that the application's stays the only bean of that type.
 *
 * @see FailFastRedisConnections
 */
public final class SessionRedisConnection implements AutoCloseable {

	private final RedisConnectionFactory connectionFactory;

	private final Runnable onClose;

	SessionRedisConnection(RedisConnectionFactory connectionFactory, Runnable onClose) {
		this.connectionFactory = connectionFactory;
		this.onClose = onClose;
	}

	/**
	 * Use the application's connection as it is.
	 * @param application the connection factory of the application
	 * @return the connection
	 */
	public static SessionRedisConnection sharing(RedisConnectionFactory application) {
		return new SessionRedisConnection(application, () -> {
		});
	}

	/**
	 * The connection factory to use for sessions.
	 * @return the connection factory
	 */
	public RedisConnectionFactory getConnectionFactory() {
		return this.connectionFactory;
	}

	@Override
	public void close() {
		this.onClose.run();
	}

}
