package io.github.mcpsession.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Has session ids masked in log lines of others as soon as Spring Boot has set up
 * Logback. Of other logging systems none can change the lines of others. Refuses a Spring
 * Boot that is too old.
 */
class SessionIdMaskListener implements ApplicationListener<ApplicationEnvironmentPreparedEvent>, Ordered {

	@Override
	public void onApplicationEvent(ApplicationEnvironmentPreparedEvent event) {
		requireBoot4(SpringBootVersion.getVersion());
		Environment environment = event.getEnvironment();
		if (ClassUtils.isPresent("ch.qos.logback.classic.LoggerContext", getClass().getClassLoader())) {
			SessionIdMask.use(environment.getProperty("mcp.session.enabled", Boolean.class, true)
					&& environment.getProperty("mcp.session.mask-logged-ids", Boolean.class, true));
		}
	}

	/**
	 * Of all that this library registers, Spring Boot 3 finds only listeners this early,
	 * before a class that it has not.
	 * @param version the version of Spring Boot, {@code null} if it is not known
	 */
	static void requireBoot4(@Nullable String version) {
		if (version != null && version.matches("[123]\\..*")) {
			throw new InvalidSessionConfigurationException(
					"mcp-session needs Spring Boot 4 and Spring AI 2; found Spring Boot " + version + ".",
					"Upgrade Spring Boot, or remove mcp-session from the dependencies.", null);
		}
	}

	@Override
	public int getOrder() {
		return LoggingApplicationListener.DEFAULT_ORDER + 1;
	}

}
