package io.github.mcpsession.security;

import java.net.URI;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RawSocket;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.modelcontextprotocol.server.transport.DefaultServerTransportSecurityValidator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.mcp.server.webmvc.transport.WebMvcStreamableServerTransportProvider;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The transport's own checks of {@code Host} and {@code Origin} hold for the sessions
 * that our filter brings back, too.
 */
class OriginTests {

	private static final String CALL = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
			+ "\"params\":{\"name\":\"count\",\"arguments\":{}}}";

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	@BeforeAll
	static void start() {
		List<Class<?>> sources = List.of(TestApplication.class, Checked.class);
		nodeA = Node.start(sources, "A", TestServers.redisProperties());
		nodeB = Node.start(sources, "B", TestServers.redisProperties());
	}

	@ParameterizedTest
	@ValueSource(strings = { "Origin: http://evil.example.com", "Origin: null", "Host: evil.example.com" })
	void aForeignOneIsRefusedForALiveSession(String header) {
		RawClient client = new RawClient().initialize(nodeA.uri());
		EventStreamReader call = client.callStreaming(nodeA.uri(), "log", "{}");
		call.awaitEnd();
		int refused = header.startsWith("Host") ? 421 : 403;
		String session = "Mcp-Session-Id: " + client.sessionId();
		for (URI uri : List.of(nodeA.uri(), nodeB.uri())) {
			assertThat(RawSocket.send(uri, "POST", List.of(header, session), CALL).status()).isEqualTo(refused);
			assertThat(RawSocket.send(uri, "GET", List.of(header, session), "").status()).isEqualTo(refused);
			RawSocket.Answer resumed = RawSocket.send(uri, "GET",
					List.of(header, session, "Last-Event-ID: " + call.events().get(0).id()), "");
			assertThat(resumed.status()).isEqualTo(refused);
			assertThat(resumed.body()).doesNotContain("message");
			assertThat(RawSocket.send(uri, "DELETE", List.of(header, session), "").status()).isEqualTo(refused);
		}
		assertThat(client.call(nodeB.uri(), "count")).isEqualTo("1");
	}

	@Test
	void aKnownOneIsServed() {
		RawClient client = new RawClient(Map.of("Origin", "https://good.example.com")).initialize(nodeA.uri());
		assertThat(client.call(nodeB.uri(), "count")).isEqualTo("1");
	}

	@Configuration(proxyBeanMethods = false)
	static class Checked {

		@Bean
		WebMvcStreamableServerTransportProvider webMvcStreamableServerTransportProvider() {
			return WebMvcStreamableServerTransportProvider.builder()
				.securityValidator(DefaultServerTransportSecurityValidator.builder()
					.allowedOrigin("https://good.example.com")
					.allowedHost("127.0.0.1:*")
					.build())
				.build();
		}

	}

}
