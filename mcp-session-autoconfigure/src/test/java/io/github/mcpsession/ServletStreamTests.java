package io.github.mcpsession;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.McpSyncServerExchange;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;

import org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.autoconfigure.McpServerStreamableHttpWebMvcAutoConfiguration;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;

class ServletStreamTests extends StreamContract {

	@Override
	protected List<Class<?>> sources() {
		return List.of(ServletApplication.class);
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration(exclude = { McpServerAutoConfiguration.class,
			McpServerStreamableHttpWebMvcAutoConfiguration.class, ManagementWebSecurityAutoConfiguration.class,
			ServletWebSecurityAutoConfiguration.class, UserDetailsServiceAutoConfiguration.class })
	static class ServletApplication {

		@Bean
		HttpServletStreamableServerTransportProvider transport() {
			return HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/mcp").build();
		}

		@Bean
		ServletRegistrationBean<HttpServletStreamableServerTransportProvider> servlet(
				HttpServletStreamableServerTransportProvider transport) {
			return new ServletRegistrationBean<>(transport, "/mcp/*");
		}

		@Bean
		McpSyncServer server(McpStreamableServerTransportProvider transport) {
			return McpServer.sync(transport)
				.serverInfo("servlet", "1")
				.capabilities(McpSchema.ServerCapabilities.builder().tools(true).logging().build())
				.immediateExecution(true)
				.tools(tool("log", (exchange, arguments) -> {
					for (int i = 0; i < 2; i++) {
						exchange.loggingNotification(McpSchema.LoggingMessageNotification.builder()
							.level(McpSchema.LoggingLevel.INFO)
							.data("hello")
							.build());
					}
					return "logged";
				}), tool("slow", (exchange, arguments) -> pause(arguments, "done")),
						tool("poll",
								(exchange,
										arguments) -> pause(arguments,
												ResponseStream.of(exchange.transportContext()).closeConnection()
														? "polled on A" : "not closed on A")),
						tool("notify", (exchange, arguments) -> {
							transport
								.notifyClient(exchange.sessionId(), McpSchema.METHOD_NOTIFICATION_MESSAGE,
										Map.of("level", "info", "data", arguments.get("text")))
								.block();
							return "notified";
						}))
				.build();
		}

		private static String pause(Map<String, Object> arguments, String result) {
			try {
				Thread.sleep(((Number) arguments.get("millis")).longValue());
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return result;
		}

		private static McpServerFeatures.SyncToolSpecification tool(String name,
				BiFunction<McpSyncServerExchange, Map<String, Object>, String> handler) {
			return McpServerFeatures.SyncToolSpecification.builder()
				.tool(McpSchema.Tool.builder(name, Map.of("type", "object")).build())
				.callHandler((exchange, request) -> McpSchema.CallToolResult.builder()
					.addTextContent(handler.apply(exchange, request.arguments()))
					.build())
				.build();
		}

	}

}
