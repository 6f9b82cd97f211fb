package io.github.mcpsession.autoconfigure;

import java.util.Map;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * The starter brings Spring Data Redis, also for applications that have no Redis. For
 * those it must not make the health endpoint say "down", nor set up Redis repositories.
 * Only defaults: whatever the application sets goes first, and an application that
 * configures Redis, or stores sessions there, is left alone.
 */
class RedisDefaultsPostProcessor implements EnvironmentPostProcessor, Ordered {

	private static final String NAME = "mcpSessionRedisDefaults";

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		boolean stored = "redis".equalsIgnoreCase(environment.getProperty("mcp.session.store"))
				&& environment.getProperty("mcp.session.enabled", Boolean.class, true);
		boolean configured = Binder.get(environment)
			.bind("spring.data.redis", Bindable.mapOf(String.class, Object.class))
			.isBound();
		if (!stored && !configured) {
			environment.getPropertySources()
				.addLast(new MapPropertySource(NAME, Map.of("management.health.redis.enabled", "false",
						"spring.data.redis.repositories.enabled", "false")));
		}
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
