package io.github.mcpsession.testing;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.github.mcpsession.SessionRestoreMarker;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionTransports;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;

import org.springframework.ai.mcp.server.webmvc.transport.WebMvcStreamableServerTransportProvider;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * Two MCP servers beside the one of Spring AI: at {@code /second} on a WebMVC transport,
 * at {@code /third} on a servlet.
 */
@Configuration(proxyBeanMethods = false)
public class MoreServers {

	private final Queue<String> lookedUp = new ConcurrentLinkedQueue<>();

	/**
	 * The sessions that were looked for in the store to be restored.
	 */
	public Queue<String> lookedUp() {
		return this.lookedUp;
	}

	@Bean
	SessionRestorer notingRestorer() {
		return (sessionId, store) -> {
			this.lookedUp.add(sessionId);
			return store.find(sessionId);
		};
	}

	@Bean(defaultCandidate = false)
	WebMvcStreamableServerTransportProvider secondTransport() {
		return WebMvcStreamableServerTransportProvider.builder().mcpEndpoint("/second").build();
	}

	@Bean
	RouterFunction<ServerResponse> secondRoutes(
			@Qualifier("secondTransport") WebMvcStreamableServerTransportProvider secondTransport) {
		return secondTransport.getRouterFunction();
	}

	@Bean(defaultCandidate = false)
	McpStreamableServerTransportProvider second(SessionTransports sessions,
			@Qualifier("secondTransport") WebMvcStreamableServerTransportProvider secondTransport) {
		return sessions.manage("/second", secondTransport);
	}

	@Bean(defaultCandidate = false)
	McpSyncServer secondServer(@Qualifier("second") McpStreamableServerTransportProvider second,
			@Qualifier("secondServer") ObjectProvider<McpSyncServer> self, Environment environment) {
		return server(second, self, environment);
	}

	@Bean(defaultCandidate = false)
	HttpServletStreamableServerTransportProvider thirdTransport() {
		return HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/third").build();
	}

	@Bean
	ServletRegistrationBean<HttpServletStreamableServerTransportProvider> thirdServlet(
			@Qualifier("thirdTransport") HttpServletStreamableServerTransportProvider thirdTransport) {
		return new ServletRegistrationBean<>(thirdTransport, "/third");
	}

	@Bean(defaultCandidate = false)
	McpStreamableServerTransportProvider third(SessionTransports sessions,
			@Qualifier("thirdTransport") HttpServletStreamableServerTransportProvider thirdTransport) {
		return sessions.manage("/third", thirdTransport);
	}

	@Bean(defaultCandidate = false)
	McpSyncServer thirdServer(@Qualifier("third") McpStreamableServerTransportProvider third,
			@Qualifier("thirdServer") ObjectProvider<McpSyncServer> self, Environment environment) {
		return server(third, self, environment);
	}

	private static McpSyncServer server(McpStreamableServerTransportProvider transport,
			ObjectProvider<McpSyncServer> self, Environment environment) {
		String node = environment.getProperty("test.node", "?");
		return McpServer.sync(transport)
			.serverInfo("more", "1")
			.immediateExecution(true)
			.capabilities(McpSchema.ServerCapabilities.builder().tools(true).logging().build())
			.tools(List.of(Tools.tool("whoami", (exchange, arguments) -> exchange.sessionId()),
					Tools.tool("node", (exchange, arguments) -> node),
					Tools.tool("restored",
							(exchange, arguments) -> String
								.valueOf(SessionRestoreMarker.isRestored(exchange.transportContext()))),
					Tools.tool("slow", (exchange, arguments) -> {
						try {
							Thread.sleep(((Number) arguments.get("millis")).longValue());
						}
						catch (InterruptedException ex) {
							Thread.currentThread().interrupt();
						}
						return "done";
					}), Tools.tool("elicit", (exchange, arguments) -> {
						McpSchema.ElicitResult result = exchange
							.createElicitation(new McpSchema.ElicitFormRequest("really?",
									Map.of("type", "object", "properties", Map.of("answer", Map.of("type", "string"))),
									null));
						return node + " heard " + result.content().get("answer");
					}), Tools.tool("addTool", (exchange, arguments) -> {
						self.getObject().addTool(Tools.tool((String) arguments.get("name"), (e, a) -> "x"));
						return "added";
					}), Tools.tool("notify", (exchange, arguments) -> {
						String session = (String) arguments.getOrDefault("session", exchange.sessionId());
						transport
							.notifyClient(session, McpSchema.METHOD_NOTIFICATION_MESSAGE,
									Map.of("level", "info", "data", arguments.get("text")))
							.block();
						return "notified";
					})))
			.build();
	}

}
