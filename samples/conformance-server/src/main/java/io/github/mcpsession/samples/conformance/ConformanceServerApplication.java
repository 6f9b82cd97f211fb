package io.github.mcpsession.samples.conformance;

import io.modelcontextprotocol.spec.McpSchema;

import org.springframework.ai.mcp.customizer.McpSyncServerCustomizer;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.server.context.WebServerPortFileWriter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;

/**
 * Starts the server.
 */
@SpringBootApplication
public class ConformanceServerApplication {

	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(ConformanceServerApplication.class);
		// the system property 'portfile' says where
		application.addListeners(new WebServerPortFileWriter());
		application.run(args);
	}

	/**
	 * Spring AI offers no property for resource subscriptions.
	 */
	@Bean
	@Primary
	McpSyncServerCustomizer subscriptions() {
		return (server) -> server.immediateExecution(true)
			.capabilities(McpSchema.ServerCapabilities.builder()
				.tools(true)
				.prompts(true)
				.resources(true, true)
				.completions()
				.logging()
				.build());
	}

}
