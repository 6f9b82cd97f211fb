package io.github.mcpsession.autoconfigure;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.McpSessionDataSource;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.jdbc.JdbcEventLog;
import io.github.mcpsession.jdbc.JdbcNodeChannel;
import io.github.mcpsession.jdbc.JdbcSessionDataSourceScriptDatabaseInitializer;
import io.github.mcpsession.jdbc.JdbcSessionStore;
import io.github.mcpsession.jdbc.MissingTableException;
import io.github.mcpsession.jdbc.UnsupportedDatabaseException;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamSettings;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.init.DatabaseInitializationProperties;
import org.springframework.boot.jdbc.metadata.CompositeDataSourcePoolMetadataProvider;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadata;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;
import org.springframework.boot.sql.autoconfigure.init.OnDatabaseInitializationCondition;
import org.springframework.boot.sql.init.dependency.DatabaseInitializationDependencyConfigurer;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.DependsOn;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Sessions in a SQL database.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({ JdbcClient.class, DatabaseInitializationProperties.class })
@Conditional(JdbcBackend.OnDataSource.class)
@ConditionalOnMissingBean(SessionStore.class)
@ConditionalOnProperty(name = SessionStoreConfiguration.STORE, havingValue = "jdbc")
@EnableConfigurationProperties(McpSessionJdbcProperties.class)
@Import(DatabaseInitializationDependencyConfigurer.class)
class JdbcBackend {

	private static final Map<String, Map<String, String>> CONNECT_TIMEOUTS = Map.of("jdbc:postgresql:",
			Map.of("connectTimeout", "3", "sslResponseTimeout", "3000"), "jdbc:mariadb:",
			Map.of("connectTimeout", "3000"), "jdbc:mysql:", Map.of("connectTimeout", "3000"));

	private final McpSessionJdbcProperties properties;

	private final String namespace;

	private final Duration storeTimeout;

	JdbcBackend(McpSessionJdbcProperties jdbcProperties, McpSessionProperties properties, SessionSettings settings,
			Environment environment) {
		this.properties = jdbcProperties;
		this.namespace = properties.namespace(environment);
		this.storeTimeout = settings.storeTimeout();
	}

	@Bean
	SessionDataSource mcpSessionDataSource(ObjectProvider<DataSource> application,
			@McpSessionDataSource ObjectProvider<DataSource> sessions) {
		DataSource chosen = sessions.getIfAvailable(application::getIfUnique);
		if (chosen == null) {
			throw new InvalidSessionConfigurationException(
					"'" + SessionStoreConfiguration.STORE
							+ "' is 'jdbc', but there are several DataSource beans, and none is primary.",
					"Mark the one for sessions with @McpSessionDataSource, or one with @Primary.", null);
		}
		return new SessionDataSource(chosen);
	}

	@Bean
	@DependsOnDatabaseInitialization
	JdbcSessionStore mcpSessionStore(SessionDataSource dataSource) {
		try {
			return new JdbcSessionStore(dataSource.value(), this.properties.getTablePrefix(), this.namespace,
					this.storeTimeout);
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
					"Use one of these databases, or 'mcp.session.store=redis', or declare a SessionStore bean.", ex);
		}
	}

	@Bean
	@ConditionalOnMissingBean(NodeChannel.class)
	@DependsOn("mcpSessionStore")
	JdbcNodeChannel mcpSessionNodeChannel(SessionDataSource dataSource,
			ObjectProvider<DataSourcePoolMetadataProvider> pools) {
		JdbcNodeChannel channel = new JdbcNodeChannel(dataSource.value(), this.properties.getTablePrefix(),
				this.namespace, this.storeTimeout, this.properties.getPollInterval());
		DataSourcePoolMetadata pool = new CompositeDataSourcePoolMetadataProvider(pools.stream().toList())
			.getDataSourcePoolMetadata(dataSource.value());
		if (pool != null && Integer.valueOf(1).equals(pool.getMax()) && channel.keepsConnection()) {
			throw new InvalidSessionConfigurationException(
					"The connection pool for sessions has one connection only, but on PostgreSQL each node keeps one for "
							+ "notifications: there would be none for sessions.",
					"Set 'spring.datasource.hikari.maximum-pool-size' (or what your pool has instead) to 2 or more.",
					null);
		}
		return channel;
	}

	@Bean
	@ConditionalOnMissingBean(EventLog.class)
	@DependsOn("mcpSessionStore")
	JdbcEventLog mcpSessionEventLog(SessionDataSource dataSource, StreamSettings streams) {
		return new JdbcEventLog(dataSource.value(), this.properties.getTablePrefix(), this.namespace, this.storeTimeout,
				streams.limits());
	}

	@Bean
	SessionServerConfiguration.CleanupInterval mcpSessionCleanupInterval() {
		return new SessionServerConfiguration.CleanupInterval(this.properties.getCleanupInterval());
	}

	@Bean
	@ConditionalOnMissingBean
	@Conditional(OnJdbcSessionInitialization.class)
	JdbcSessionDataSourceScriptDatabaseInitializer mcpSessionDatabaseInitializer(SessionDataSource dataSource) {
		return new JdbcSessionDataSourceScriptDatabaseInitializer(dataSource.value(), this.properties,
				this.properties.getTablePrefix());
	}

	/**
	 * The pool that sessions use connects one by one, for half a minute each unless told
	 * otherwise, so that a host which does not respond keeps it from the one that does.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HikariDataSource.class)
	static class ConnectTimeouts {

		@Bean
		static BeanPostProcessor mcpSessionConnectTimeouts(ConfigurableListableBeanFactory beanFactory) {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					if (bean instanceof HikariDataSource pool && !pool.isRunning() && isOfSessions(beanFactory, name)) {
						limit(pool);
					}
					return bean;
				}

			};
		}

		private static boolean isOfSessions(ConfigurableListableBeanFactory beanFactory, String name) {
			String[] all = beanFactory.getBeanNamesForType(DataSource.class, true, false);
			List<String> marked = Arrays.stream(all)
				.filter((candidate) -> beanFactory.findAnnotationOnBean(candidate, McpSessionDataSource.class) != null)
				.toList();
			return marked.isEmpty() ? all.length == 1 || (beanFactory.containsBeanDefinition(name)
					&& beanFactory.getMergedBeanDefinition(name).isPrimary()) : marked.contains(name);
		}

		private static void limit(HikariDataSource pool) {
			String url = (pool.getJdbcUrl() != null) ? pool.getJdbcUrl() : "";
			CONNECT_TIMEOUTS.forEach((prefix, timeouts) -> timeouts.forEach((name, value) -> {
				if (url.startsWith(prefix) && !url.contains(name + "=")
						&& !pool.getDataSourceProperties().containsKey(name)) {
					pool.addDataSourceProperty(name, value);
				}
			}));
		}

	}

	/**
	 * The database that sessions are kept in: not one more bean of the type itself.
	 */
	record SessionDataSource(DataSource value) {

	}

	static class OnDataSource extends SessionStoreConfiguration.OnAnyBean {

		OnDataSource() {
			super(DataSource.class.getName());
		}

	}

	static class OnJdbcSessionInitialization extends OnDatabaseInitializationCondition {

		OnJdbcSessionInitialization() {
			super("MCP Session", "mcp.session.jdbc.initialize-schema");
		}

	}

}
