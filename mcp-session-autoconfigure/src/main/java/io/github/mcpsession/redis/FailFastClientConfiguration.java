package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.Optional;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.ReadFrom;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.resource.ClientResources;

import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.RedisCredentialsProviderFactory;

/**
 * The client configuration of the application, but with short time-outs, with commands
 * rejected while disconnected, always reading from the master, and quick to notice that a
 * cluster has changed.
 *
 * @param application the configuration of the application
 * @param resources the client resources to use
 * @param timeout how long connecting, or a command, may take
 * @param isCluster whether this is for a Redis Cluster
 * @param credentials where to ask for credentials, unless the application has said where
 */
record FailFastClientConfiguration(LettuceClientConfiguration application, ClientResources resources, Duration timeout,
		boolean isCluster, RedisCredentialsProviderFactory credentials) implements LettuceClientConfiguration {

	private static final Duration REFRESH_AT_MOST_EVERY = Duration.ofSeconds(1);

	private static final int REFRESH_AFTER_ATTEMPTS = 1;

	@Override
	public Optional<ClientOptions> getClientOptions() {
		ClientOptions options = this.application.getClientOptions().orElseGet(ClientOptions::create);
		return Optional.of((this.isCluster ? refreshing(options) : options.mutate()).autoReconnect(true)
			.disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
			.timeoutOptions(TimeoutOptions.enabled())
			.socketOptions(SocketOptions.builder().connectTimeout(this.timeout).keepAlive(true).build())
			.build());
	}

	/**
	 * The application may have said that it looks at the cluster at startup only, which
	 * would hold until the first failover.
	 */
	private static ClientOptions.Builder refreshing(ClientOptions application) {
		ClusterClientOptions options = (application instanceof ClusterClientOptions cluster) ? cluster
				: ClusterClientOptions.builder(application).build();
		ClusterTopologyRefreshOptions refresh = options.getTopologyRefreshOptions();
		return options.mutate()
			.topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
				.enableAllAdaptiveRefreshTriggers()
				.adaptiveRefreshTriggersTimeout(REFRESH_AT_MOST_EVERY)
				.refreshTriggersReconnectAttempts(REFRESH_AFTER_ATTEMPTS)
				.enablePeriodicRefresh(refresh.getRefreshPeriod())
				.dynamicRefreshSources(refresh.useDynamicRefreshSources())
				.closeStaleConnections(refresh.isCloseStaleConnections())
				.build());
	}

	@Override
	public Optional<ClientResources> getClientResources() {
		return Optional.of(this.resources);
	}

	@Override
	public Duration getCommandTimeout() {
		return this.timeout;
	}

	@Override
	public Optional<ReadFrom> getReadFrom() {
		return Optional.empty();
	}

	@Override
	public boolean isUseSsl() {
		return this.application.isUseSsl();
	}

	@Override
	public boolean isVerifyPeer() {
		return this.application.isVerifyPeer();
	}

	@Override
	public SslVerifyMode getVerifyMode() {
		return this.application.getVerifyMode();
	}

	@Override
	public boolean isStartTls() {
		return this.application.isStartTls();
	}

	@Override
	public Optional<String> getClientName() {
		return this.application.getClientName();
	}

	@Override
	public Optional<RedisCredentialsProviderFactory> getRedisCredentialsProviderFactory() {
		return this.application.getRedisCredentialsProviderFactory().or(() -> Optional.of(this.credentials));
	}

	@Override
	public Duration getShutdownTimeout() {
		return this.application.getShutdownTimeout();
	}

	@Override
	public Duration getShutdownQuietPeriod() {
		return this.application.getShutdownQuietPeriod();
	}

}
