package io.github.mcpsession.testing;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.github.mcpsession.SessionTransports;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * MCP servers that tests build and close, each at an endpoint of its own, on nodes that
 * go on meanwhile. A server is on all of the nodes: they have its handlers in common, as
 * nodes with the same code would have.
 */
public final class PassingServers implements AutoCloseable {

	private static final String ROOT = "/passing/";

	private final AtomicInteger count = new AtomicInteger();

	private final List<Node> nodes;

	private PassingServers(List<Node> nodes) {
		this.nodes = nodes;
	}

	public static PassingServers on(int nodes, List<String> properties) {
		return new PassingServers(IntStream.range(0, nodes)
			.mapToObj((i) -> Node.start(List.of(ServletServer.class, Endpoints.class), "node" + i, properties))
			.toList());
	}

	/**
	 * Open an endpoint, on a transport like that of the SDK's own tests.
	 */
	public Endpoint open() {
		String path = ROOT + this.count.incrementAndGet();
		return new Endpoint(this.nodes.stream().map((node) -> node.uri().resolve(path)).toList(),
				this.nodes.stream().map((node) -> node.bean(Endpoints.class).open(path)).toList());
	}

	@Override
	public void close() {
		this.nodes.forEach(Node::close);
	}

	/**
	 * Where one server is.
	 *
	 * @param uris its addresses, one on each node
	 * @param transports what it is built on, one on each node
	 */
	public record Endpoint(List<URI> uris,
			List<McpStreamableServerTransportProvider> transports) implements McpStreamableServerTransportProvider {

		@Override
		public void setSessionFactory(McpStreamableServerSession.Factory factory) {
			this.transports.forEach((transport) -> transport.setSessionFactory(factory));
		}

		/**
		 * It happens on one node.
		 */
		@Override
		public Mono<Void> notifyClients(String method, Object params) {
			return this.transports.get(0).notifyClients(method, params);
		}

		@Override
		public Mono<Void> notifyClient(String sessionId, String method, Object params) {
			return this.transports.get(0).notifyClient(sessionId, method, params);
		}

		@Override
		public List<String> protocolVersions() {
			return this.transports.get(0).protocolVersions();
		}

		@Override
		public Mono<Void> closeGracefully() {
			return Flux.fromIterable(this.transports)
				.flatMap(McpStreamableServerTransportProvider::closeGracefully)
				.then();
		}

	}

	/**
	 * The endpoints of one node.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Endpoints {

		private final Map<String, HttpServlet> transports = new ConcurrentHashMap<>();

		private final ObjectProvider<SessionTransports> sessions;

		Endpoints(ObjectProvider<SessionTransports> sessions) {
			this.sessions = sessions;
		}

		/**
		 * Without this library if it is not enabled.
		 */
		McpStreamableServerTransportProvider open(String path) {
			HttpServletStreamableServerTransportProvider transport = HttpServletStreamableServerTransportProvider
				.builder()
				.mcpEndpoint(path)
				.contextExtractor((request) -> McpTransportContext.create(Map.of("important", "value")))
				.keepAliveInterval(Duration.ofSeconds(1))
				.build();
			this.transports.put(path, transport);
			SessionTransports managing = this.sessions.getIfAvailable();
			return (managing != null) ? managing.manage(path, transport) : transport;
		}

		@Bean
		ServletRegistrationBean<HttpServlet> passingServers() {
			HttpServlet dispatcher = new HttpServlet() {
				@Override
				protected void service(HttpServletRequest request, HttpServletResponse response)
						throws ServletException, IOException {
					Endpoints.this.transports.get(request.getRequestURI()).service(request, response);
				}
			};
			ServletRegistrationBean<HttpServlet> registration = new ServletRegistrationBean<>(dispatcher, ROOT + "*");
			registration.setAsyncSupported(true);
			return registration;
		}

	}

}
