package io.github.mcpsession.autoconfigure;

import io.github.mcpsession.SessionManager;
import io.github.mcpsession.actuate.McpSessionsEndpoint;
import io.github.mcpsession.actuate.McpSessionsEndpointWebExtension;
import org.junit.jupiter.api.Test;

import org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration;
import org.springframework.ai.mcp.server.common.autoconfigure.McpServerJsonMapperAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.autoconfigure.McpServerStreamableHttpWebMvcAutoConfiguration;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

class McpSessionActuatorAutoConfigurationTests {

	private static final String EXPOSED = "management.endpoints.web.exposure.include=mcpsessions";

	private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class,
				McpSessionActuatorAutoConfiguration.class, McpServerAutoConfiguration.class,
				McpServerJsonMapperAutoConfiguration.class, McpServerStreamableHttpWebMvcAutoConfiguration.class))
		.withPropertyValues("spring.ai.mcp.server.protocol=STREAMABLE");

	@Test
	void anEndpointThatIsExposedIsThere() {
		this.runner.withPropertyValues(EXPOSED)
			.run((context) -> assertThat(context).hasSingleBean(McpSessionsEndpoint.class)
				.hasSingleBean(McpSessionsEndpointWebExtension.class));
	}

	@Test
	void byDefaultItIsNotExposed() {
		this.runner.run((context) -> assertThat(context).hasNotFailed()
			.hasSingleBean(SessionManager.class)
			.doesNotHaveBean(McpSessionsEndpoint.class));
	}

	@Test
	void overJmxOnlyItNeedsNoWebExtension() {
		this.runner
			.withPropertyValues("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=mcpsessions")
			.run((context) -> assertThat(context).hasSingleBean(McpSessionsEndpoint.class)
				.doesNotHaveBean(McpSessionsEndpointWebExtension.class));
	}

	@Test
	void withoutAccessItIsNotThere() {
		this.runner.withPropertyValues(EXPOSED, "management.endpoint.mcpsessions.access=NONE")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(McpSessionsEndpoint.class));
	}

	@Test
	void withoutActuatorNothingHappens() {
		this.runner.withPropertyValues(EXPOSED)
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
			.run((context) -> assertThat(context).hasNotFailed()
				.hasSingleBean(SessionManager.class)
				.doesNotHaveBean("mcpSessionsEndpoint"));
	}

	@Test
	void withoutSessionsNothingHappens() {
		this.runner.withPropertyValues(EXPOSED, "mcp.session.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(McpSessionsEndpoint.class));
	}

	@Test
	void whoMaySeeValuesCanBeChanged() {
		this.runner.withPropertyValues(EXPOSED).run((context) -> {
			McpSessionsEndpointProperties properties = context.getBean(McpSessionsEndpointProperties.class);
			assertThat(properties.getShowValues()).isEqualTo(Show.NEVER);
			assertThat(properties.getRoles()).isEmpty();
		});
		this.runner
			.withPropertyValues(EXPOSED, "management.endpoint.mcpsessions.show-values=when-authorized",
					"management.endpoint.mcpsessions.roles=a,b")
			.run((context) -> {
				McpSessionsEndpointProperties properties = context.getBean(McpSessionsEndpointProperties.class);
				assertThat(properties.getShowValues()).isEqualTo(Show.WHEN_AUTHORIZED);
				assertThat(properties.getRoles()).containsExactly("a", "b");
			});
	}

	@Test
	void anEndpointOfTheApplicationReplacesOurs() {
		this.runner.withPropertyValues(EXPOSED)
			.withBean("own", McpSessionsEndpoint.class,
					() -> new McpSessionsEndpoint(null, "n", java.util.Map::of, () -> "secret", Show.ALWAYS))
			.run((context) -> assertThat(context).hasSingleBean(McpSessionsEndpoint.class).hasBean("own"));
	}

}
