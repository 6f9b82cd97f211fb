package io.github.mcpsession.autoconfigure;

import javax.sql.DataSource;

import io.github.mcpsession.SessionStore;
import io.github.mcpsession.memory.MemorySessionStore;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jdbc.init.DatabaseInitializationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.io.ResourceLoader;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.ClassUtils;

/**
 * What there is where no external store is chosen, or where the chosen one cannot be.
 */
final class SessionStoreConfiguration {

	static final String STORE = "mcp.session.store";

	private SessionStoreConfiguration() {
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

	/**
	 * Last of all: the store that was chosen has found no place above.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingBean(SessionStore.class)
	static class Unavailable {

		@Bean
		SessionStore mcpSessionStore(McpSessionProperties properties, ResourceLoader resourceLoader) {
			ClassLoader classLoader = resourceLoader.getClassLoader();
			throw switch (properties.store()) {
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

	/**
	 * Unlike {@code @ConditionalOnBean}, counts one that is no default candidate.
	 */
	static class OnAnyBean implements ConfigurationCondition {

		private final String type;

		/**
		 * Create a condition.
		 * @param type the name of the type, since conditions are made before it is known
		 * that there is such a class
		 */
		OnAnyBean(String type) {
			this.type = type;
		}

		@Override
		public ConfigurationPhase getConfigurationPhase() {
			return ConfigurationPhase.REGISTER_BEAN;
		}

		@Override
		public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
			ListableBeanFactory beans = context.getBeanFactory();
			return beans != null && BeanFactoryUtils.beanNamesForTypeIncludingAncestors(beans,
					ClassUtils.resolveClassName(this.type, context.getClassLoader()), true, false).length > 0;
		}

	}

}
