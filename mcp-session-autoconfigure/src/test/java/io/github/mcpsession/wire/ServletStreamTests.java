package io.github.mcpsession.wire;

import java.util.List;
import java.util.Map;

import io.github.mcpsession.CallConnection;
import io.github.mcpsession.testing.ServletServer;
import io.github.mcpsession.testing.Tools;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

class ServletStreamTests extends StreamContract {

	@Override
	protected List<Class<?>> sources() {
		return List.of(ServletServer.class, Server.class);
	}

	/**
	 * It does not say which request it is about, and a body is kept up to a megabyte.
	 */
	@Override
	protected int longestId() {
		return 500_000;
	}

	@Configuration(proxyBeanMethods = false)
	static class Server {

		@Bean
		McpSyncServer server(McpStreamableServerTransportProvider transport) {
			return McpServer.sync(transport)
				.serverInfo("servlet", "1")
				.capabilities(McpSchema.ServerCapabilities.builder().tools(true).logging().build())
				.immediateExecution(true)
				.tools(Tools.tool("log", (exchange, arguments) -> {
					for (int i = 0; i < 2; i++) {
						exchange.loggingNotification(McpSchema.LoggingMessageNotification.builder()
							.level(McpSchema.LoggingLevel.INFO)
							.data("hello")
							.build());
					}
					return "logged";
				}), Tools.tool("slow", (exchange, arguments) -> pause(arguments, "done")), Tools.tool("poll",
						(exchange,
								arguments) -> pause(arguments, CallConnection.of(exchange.transportContext()).close()
										? "polled on A" : "not closed on A")),
						Tools.tool("notify", (exchange, arguments) -> {
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

	}

}
