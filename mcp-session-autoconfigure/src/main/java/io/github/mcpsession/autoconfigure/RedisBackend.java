package io.github.mcpsession.autoconfigure;

import java.util.List;
import java.util.Objects;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.redis.FailFastRedisConnections;
import io.github.mcpsession.redis.McpSessionRedis;
import io.github.mcpsession.redis.RedisEventLog;
import io.github.mcpsession.redis.RedisNodeChannel;
import io.github.mcpsession.redis.RedisSessionStore;
import io.github.mcpsession.redis.SessionRedisConnection;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamSettings;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisPassword;
import org.springframework.data.redis.connection.RedisStaticMasterReplicaConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.util.ClassUtils;

/**
 * Sessions in Redis, on a connection of their own if possible.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass(RedisConnectionFactory.class)
@Conditional(RedisBackend.OnConnectionFactory.class)
@ConditionalOnMissingBean(SessionStore.class)
@ConditionalOnProperty(name = SessionStoreConfiguration.STORE, havingValue = "redis")
class RedisBackend {

	private final String keyPrefix;

	private final String namespace;

	RedisBackend(McpSessionProperties properties, Environment environment) {
		this.keyPrefix = properties.redis().keyPrefix();
		this.namespace = properties.namespace(environment);
	}

	@Bean
	SessionRedisConnection mcpSessionRedisConnection(ObjectProvider<RedisConnectionFactory> any,
			@McpSessionRedis ObjectProvider<RedisConnectionFactory> sessions, SessionSettings settings,
			ObjectProvider<RedisMasterReplica> masterReplica) {
		RedisConnectionFactory application = sessions.getIfAvailable(any::getIfUnique);
		if (application == null) {
			throw new InvalidSessionConfigurationException(
					"'" + SessionStoreConfiguration.STORE
							+ "' is 'redis', but there are several RedisConnectionFactory beans, and none is primary.",
					"Mark the one for sessions with @McpSessionRedis, or one with @Primary.", null);
		}
		boolean copy = ClassUtils.isPresent("io.lettuce.core.RedisClient", getClass().getClassLoader())
				&& application instanceof LettuceConnectionFactory;
		return copy ? FailFastRedisConnections.like((LettuceConnectionFactory) application,
				masterReplica.stream()
					.map(RedisMasterReplica::configuration)
					.filter(Objects::nonNull)
					.findFirst()
					.orElse(null),
				settings.storeTimeout()) : SessionRedisConnection.sharing(application);
	}

	@Bean
	@ConditionalOnClass(DataRedisConnectionDetails.class)
	RedisMasterReplica mcpSessionRedisMasterReplica(ObjectProvider<DataRedisConnectionDetails> details,
			ObjectProvider<RedisStaticMasterReplicaConfiguration> configuration) {
		return () -> configuration.stream()
			.findFirst()
			.or(() -> details.stream()
				.filter((candidate) -> candidate.getMasterReplica() != null)
				.findFirst()
				.map(RedisBackend::configuration))
			.orElse(null);
	}

	/**
	 * As Spring Boot makes it, which does not make it a bean.
	 */
	private static RedisStaticMasterReplicaConfiguration configuration(DataRedisConnectionDetails details) {
		List<DataRedisConnectionDetails.Node> nodes = Objects.requireNonNull(details.getMasterReplica()).getNodes();
		RedisStaticMasterReplicaConfiguration configuration = new RedisStaticMasterReplicaConfiguration(
				nodes.get(0).host(), nodes.get(0).port());
		nodes.stream().skip(1).forEach((node) -> configuration.addNode(node.host(), node.port()));
		configuration.setUsername(details.getUsername());
		String password = details.getPassword();
		if (password != null) {
			configuration.setPassword(RedisPassword.of(password));
		}
		return configuration;
	}

	@Bean
	RedisSessionStore mcpSessionStore(SessionRedisConnection connection, SessionSettings settings) {
		return new RedisSessionStore(connection.getConnectionFactory(), this.keyPrefix, this.namespace,
				settings.limits().maxSessionsPerPrincipal() != null);
	}

	@Bean
	@ConditionalOnMissingBean(NodeChannel.class)
	RedisNodeChannel mcpSessionNodeChannel(SessionRedisConnection connection) {
		RedisNodeChannel channel = new RedisNodeChannel(connection.getConnectionFactory(), this.keyPrefix,
				this.namespace);
		if (channel.isServerTooOld()) {
			throw new InvalidSessionConfigurationException("MCP sessions need Redis 6.2 or later, or Valkey.",
					"Use a newer server, or choose another store with 'mcp.session.store'.", null);
		}
		return channel;
	}

	@Bean
	@ConditionalOnMissingBean(EventLog.class)
	RedisEventLog mcpSessionEventLog(SessionRedisConnection connection, StreamSettings streams) {
		return new RedisEventLog(connection.getConnectionFactory(), this.keyPrefix, this.namespace, streams.limits());
	}

	/**
	 * Where Redis is if it is a static master/replica set-up.
	 */
	interface RedisMasterReplica {

		@Nullable RedisStaticMasterReplicaConfiguration configuration();

	}

	static class OnConnectionFactory extends SessionStoreConfiguration.OnAnyBean {

		OnConnectionFactory() {
			super("org.springframework.data.redis.connection.RedisConnectionFactory");
		}

	}

}
