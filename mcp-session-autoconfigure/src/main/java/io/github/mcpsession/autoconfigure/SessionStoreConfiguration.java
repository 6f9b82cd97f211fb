package io.github.mcpsession.autoconfigure;

import javax.sql.DataSource;

import io.github.mcpsession.McpSessionDataSource;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.jdbc.JdbcEventLog;
import io.github.mcpsession.jdbc.JdbcNodeChannel;
import io.github.mcpsession.jdbc.JdbcSessionDataSourceScriptDatabaseInitializer;
import io.github.mcpsession.jdbc.JdbcSessionStore;
import io.github.mcpsession.jdbc.MissingTableException;
import io.github.mcpsession.jdbc.UnsupportedDatabaseException;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.redis.FailFastRedisConnections;
import io.github.mcpsession.redis.RedisEventLog;
import io.github.mcpsession.redis.RedisNodeChannel;
import io.github.mcpsession.redis.RedisSessionStore;
import io.github.mcpsession.redis.SessionRedisConnection;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamSettings;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.jdbc.init.DatabaseInitializationProperties;
import org.springframework.boot.sql.autoconfigure.init.OnDatabaseInitializationCondition;
import org.springframework.boot.sql.init.dependency.DatabaseInitializationDependencyConfigurer;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.context.annotation.DependsOn;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStaticMasterReplicaConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.ClassUtils;

/**
 * The session stores, of which at most one is chosen.
 */
final class SessionStoreConfiguration {

	private static final String STORE = "mcp.session.store";

	private SessionStoreConfiguration() {
	}

	static String namespace(McpSessionProperties properties, Environment environment) {
		return (properties.getNamespace() != null) ? properties.getNamespace()
				: environment.getProperty("spring.application.name", "mcp");
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(SessionStore.class)
	@ConditionalOnProperty(name = STORE, havingValue = "memory", matchIfMissing = true)
	static class Memory {

		@Bean
		MemorySessionStore mcpSessionStore() {
			return new MemorySessionStore();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(RedisConnectionFactory.class)
	@ConditionalOnBean(RedisConnectionFactory.class)
	@ConditionalOnMissingBean(SessionStore.class)
	@ConditionalOnProperty(name = STORE, havingValue = "redis")
	static class Redis {

		@Bean
		SessionRedisConnection mcpSessionRedisConnection(RedisConnectionFactory application,
				McpSessionProperties properties, ObjectProvider<RedisMasterReplica> masterReplica) {
			boolean copy = ClassUtils.isPresent("io.lettuce.core.RedisClient", getClass().getClassLoader())
					&& application instanceof LettuceConnectionFactory
					&& masterReplica.stream().noneMatch(RedisMasterReplica::isUsed);
			return copy ? FailFastRedisConnections.like((LettuceConnectionFactory) application,
					properties.getStoreTimeout()) : SessionRedisConnection.sharing(application);
		}

		@Bean
		@ConditionalOnClass(DataRedisConnectionDetails.class)
		RedisMasterReplica mcpSessionRedisMasterReplica(ObjectProvider<DataRedisConnectionDetails> details,
				ObjectProvider<RedisStaticMasterReplicaConfiguration> configuration) {
			return () -> configuration.stream().findAny().isPresent()
					|| details.stream().anyMatch((candidate) -> candidate.getMasterReplica() != null);
		}

		@Bean
		RedisSessionStore mcpSessionStore(SessionRedisConnection connection, McpSessionProperties properties,
				Environment environment) {
			return new RedisSessionStore(connection.getConnectionFactory(), properties.getRedis().getKeyPrefix(),
					namespace(properties, environment), properties.getLimits().getMaxSessionsPerPrincipal() != null);
		}

		@Bean
		@ConditionalOnMissingBean(NodeChannel.class)
		RedisNodeChannel mcpSessionClusterChannel(SessionRedisConnection connection, McpSessionProperties properties,
				Environment environment) {
			return new RedisNodeChannel(connection.getConnectionFactory(), properties.getRedis().getKeyPrefix(),
					namespace(properties, environment));
		}

		@Bean
		@ConditionalOnMissingBean(EventLog.class)
		RedisEventLog mcpSessionEventLog(SessionRedisConnection connection, McpSessionProperties properties,
				StreamSettings streams, Environment environment) {
			return new RedisEventLog(connection.getConnectionFactory(), properties.getRedis().getKeyPrefix(),
					namespace(properties, environment), streams.limits());
		}

		/**
		 * Whether Redis is a static master/replica set-up.
		 */
		interface RedisMasterReplica {

			boolean isUsed();

		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass({ JdbcClient.class, DatabaseInitializationProperties.class })
	@Conditional(SessionStoreConfiguration.Jdbc.OnDataSource.class)
	@ConditionalOnMissingBean(SessionStore.class)
	@ConditionalOnProperty(name = STORE, havingValue = "jdbc")
	@EnableConfigurationProperties(McpSessionJdbcProperties.class)
	@Import(DatabaseInitializationDependencyConfigurer.class)
	static class Jdbc {

		@Bean
		SessionDataSource mcpSessionDataSource(ObjectProvider<DataSource> application,
				@McpSessionDataSource ObjectProvider<DataSource> sessions) {
			DataSource chosen = sessions.getIfAvailable(application::getIfUnique);
			if (chosen == null) {
				throw new InvalidSessionConfigurationException(
						"'" + STORE + "' is 'jdbc', but there are several DataSource beans, and none is primary.",
						"Mark the one for sessions with @McpSessionDataSource, or one with @Primary.", null);
			}
			return new SessionDataSource(chosen);
		}

		@Bean
		@DependsOnDatabaseInitialization
		JdbcSessionStore mcpSessionStore(SessionDataSource dataSource, McpSessionProperties properties,
				McpSessionJdbcProperties jdbcProperties, Environment environment) {
			try {
				return new JdbcSessionStore(dataSource.value(), jdbcProperties.getTablePrefix(),
						namespace(properties, environment), properties.getStoreTimeout());
			}
			catch (MissingTableException ex) {
				throw new InvalidSessionConfigurationException(ex.getMessage() + ".",
						"Set 'mcp.session.jdbc.initialize-schema=always' to have it created at startup (by default "
								+ "only embedded databases are initialized), or create it with the script for your "
								+ "database in io/github/mcpsession/jdbc of mcp-session-autoconfigure, where "
								+ "@@prefix@@ stands for 'mcp.session.jdbc.table-prefix'.",
						ex);
			}
			catch (UnsupportedDatabaseException ex) {
				throw new InvalidSessionConfigurationException(ex.getMessage() + ".",
						"Use one of these databases, or 'mcp.session.store=redis', or declare a SessionStore bean.",
						ex);
			}
		}

		@Bean
		@ConditionalOnMissingBean(NodeChannel.class)
		@DependsOn("mcpSessionStore")
		JdbcNodeChannel mcpSessionClusterChannel(SessionDataSource dataSource, McpSessionProperties properties,
				McpSessionJdbcProperties jdbcProperties, Environment environment) {
			return new JdbcNodeChannel(dataSource.value(), jdbcProperties.getTablePrefix(),
					namespace(properties, environment), properties.getStoreTimeout(), jdbcProperties.getPollInterval());
		}

		@Bean
		@ConditionalOnMissingBean(EventLog.class)
		@DependsOn("mcpSessionStore")
		JdbcEventLog mcpSessionEventLog(SessionDataSource dataSource, McpSessionProperties properties,
				McpSessionJdbcProperties jdbcProperties, StreamSettings streams, Environment environment) {
			return new JdbcEventLog(dataSource.value(), jdbcProperties.getTablePrefix(),
					namespace(properties, environment), properties.getStoreTimeout(), streams.limits());
		}

		@Bean
		SessionServerConfiguration.CleanupInterval mcpSessionCleanupInterval(McpSessionJdbcProperties properties) {
			return new SessionServerConfiguration.CleanupInterval(properties.getCleanupInterval());
		}

		@Bean
		@ConditionalOnMissingBean
		@Conditional(OnJdbcSessionInitialization.class)
		JdbcSessionDataSourceScriptDatabaseInitializer mcpSessionDatabaseInitializer(SessionDataSource dataSource,
				McpSessionJdbcProperties properties) {
			return new JdbcSessionDataSourceScriptDatabaseInitializer(dataSource.value(), properties,
					properties.getTablePrefix());
		}

		/**
		 * The database that sessions are kept in: not one more bean of the type itself.
		 */
		record SessionDataSource(DataSource value) {

		}

		/**
		 * Unlike {@code @ConditionalOnBean}, counts one that is no default candidate.
		 */
		static class OnDataSource implements ConfigurationCondition {

			@Override
			public ConfigurationPhase getConfigurationPhase() {
				return ConfigurationPhase.REGISTER_BEAN;
			}

			@Override
			public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
				ListableBeanFactory beans = context.getBeanFactory();
				return beans != null && BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans, DataSource.class,
						true, false).length > 0;
			}

		}

		static class OnJdbcSessionInitialization extends OnDatabaseInitializationCondition {

			OnJdbcSessionInitialization() {
				super("MCP Session", "mcp.session.jdbc.initialize-schema");
			}

		}

	}

	/**
	 * Last of all: the store that was chosen has found no place above.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(SessionStore.class)
	static class Unavailable {

		@Bean
		SessionStore mcpSessionStore(McpSessionProperties properties, ResourceLoader resourceLoader) {
			ClassLoader classLoader = resourceLoader.getClassLoader();
			throw switch (properties.getStore()) {
				case REDIS -> ClassUtils.isPresent("org.springframework.data.redis.connection.RedisConnectionFactory",
						classLoader)
								? unavailable("redis", "there is no RedisConnectionFactory bean",
										"Do not exclude Spring Boot's DataRedisAutoConfiguration, or declare a "
												+ "RedisConnectionFactory bean")
								: unavailable("redis", "spring-data-redis is not on the class path",
										"Add the dependency org.springframework.boot:spring-boot-starter-data-redis");
				case JDBC ->
					ClassUtils.isPresent("org.springframework.jdbc.core.simple.JdbcClient", classLoader) && ClassUtils
						.isPresent("org.springframework.boot.jdbc.init.DatabaseInitializationProperties", classLoader)
								? unavailable("jdbc", "there is no DataSource bean",
										"Add the driver of your database and set 'spring.datasource.url', or declare a "
												+ "DataSource bean")
								: unavailable("jdbc", "spring-jdbc is not on the class path",
										"Add the dependency org.springframework.boot:spring-boot-starter-jdbc and the "
												+ "driver of your database");
				case MEMORY -> new IllegalStateException("The memory store is always available");
			};
		}

		private static InvalidSessionConfigurationException unavailable(String store, String missing, String action) {
			return new InvalidSessionConfigurationException("'" + STORE + "' is '" + store + "', but " + missing + ".",
					action + ", or choose another store with '" + STORE + "'.", null);
		}

	}

}
