package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisCredentialsProvider;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.event.command.CommandFailedEvent;
import io.lettuce.core.event.command.CommandListener;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.data.redis.connection.RedisConfiguration;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisPassword;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.RedisStaticMasterReplicaConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.RedisCredentialsProviderFactory;

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
	 * @param application the connection factory of the application
	 * @param masterReplica where it connects to if it is a static master/replica one,
	 * which is not seen from outside; else {@code null}
	 * @param timeout how long connecting, or a command, may take
	 * @return the connection
	 */
	public static SessionRedisConnection like(LettuceConnectionFactory application,
			@Nullable RedisConfiguration masterReplica, Duration timeout) {
		RedisConfiguration where = (masterReplica != null) ? masterReplica : where(application);
		if (where == null) {
			return SessionRedisConnection.sharing(application);
		}
		ClientResources shared = application.getClientConfiguration()
			.getClientResources()
			.orElseGet(application::getClientResources);
		UnansweredCommandHandler connections = new UnansweredCommandHandler(
				(shared != null) ? shared.nettyCustomizer() : DefaultClientResources.DEFAULT_NETTY_CUSTOMIZER, timeout);
		ClientResources resources = ((shared != null) ? sharing(shared) : DefaultClientResources.builder())
			.reconnectDelay(Delay.constant(RECONNECT_DELAY))
			.nettyCustomizer(connections)
			.build();
		LettuceConnectionFactory own = new PatientConnectionFactory(where,
				new FailFastClientConfiguration(application.getClientConfiguration(), resources, timeout,
						application.isClusterAware(), new CurrentCredentials(application)));
		own.afterPropertiesSet();
		own.start();
		own.getRequiredNativeClient().addListener(new ReadOnlyServerListener(own, connections));
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

	/**
	 * Gives a connection that is being replaced the time for it, since commands are
	 * rejected meanwhile.
	 */
	private static final class PatientConnectionFactory extends LettuceConnectionFactory {

		private static final long PAUSE_MILLIS = 5;

		private final long patience;

		PatientConnectionFactory(RedisConfiguration where, FailFastClientConfiguration configuration) {
			super(where, configuration);
			this.patience = configuration.timeout().dividedBy(2).toNanos();
		}

		@Override
		public RedisConnection getConnection() {
			long start = System.nanoTime();
			StatefulRedisConnection<byte[], byte[]> shared = isClusterAware() ? null : getSharedConnection();
			while (shared != null && !shared.isOpen() && System.nanoTime() - start < this.patience) {
				try {
					Thread.sleep(PAUSE_MILLIS);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
					break;
				}
			}
			return super.getConnection();
		}

	}

	/**
	 * Credentials as the application's connection factory has them when a connection is
	 * opened.
	 */
	private record CurrentCredentials(LettuceConnectionFactory application) implements RedisCredentialsProviderFactory {

		@Override
		public RedisCredentialsProvider createCredentialsProvider(RedisConfiguration where) {
			return RedisCredentialsProvider.from(() -> {
				String password = (where instanceof RedisStaticMasterReplicaConfiguration masterReplica)
						? masterReplica.getPassword().map(String::new).orElse(null) : this.application.getPassword();
				String username = (where instanceof RedisConfiguration.WithAuthentication authentication)
						? authentication.getUsername() : null;
				return RedisCredentials.just(username, password);
			});
		}

	}

	/**
	 * Gives up the connections when a server says that it cannot be written: where it is
	 * reached there may be another one by now.
	 */
	private static final class ReadOnlyServerListener implements CommandListener {

		private static final Logger logger = LoggerFactory.getLogger(FailFastRedisConnections.class);

		private static final Duration INTERVAL = Duration.ofSeconds(2);

		private final LettuceConnectionFactory factory;

		private final UnansweredCommandHandler connections;

		private final AtomicLong last = new AtomicLong(System.nanoTime() - INTERVAL.toNanos());

		ReadOnlyServerListener(LettuceConnectionFactory factory, UnansweredCommandHandler connections) {
			this.factory = factory;
			this.connections = connections;
		}

		@Override
		public void commandFailed(CommandFailedEvent event) {
			if (!(event.getCause() instanceof RedisCommandExecutionException answer)
					|| !String.valueOf(answer.getMessage()).contains("READONLY")) {
				return;
			}
			long before = this.last.get();
			long now = System.nanoTime();
			if (now - before >= INTERVAL.toNanos() && this.last.compareAndSet(before, now)) {
				logger.debug("Redis cannot be written: connecting again");
				// a static set-up finds out who is the master when it connects anew; not
				// on this thread, which must not wait
				Thread thread = new Thread(this::reconnect, "mcp-session-reconnect");
				thread.setDaemon(true);
				thread.start();
			}
		}

		private void reconnect() {
			this.factory.resetConnection();
			this.connections.closeAll();
		}

	}

}
