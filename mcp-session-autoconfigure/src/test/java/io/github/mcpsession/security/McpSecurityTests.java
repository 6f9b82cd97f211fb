package io.github.mcpsession.security;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.github.mcpsession.testing.Tokens;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springaicommunity.mcp.security.server.config.McpServerOAuth2Configurer;
import org.springaicommunity.mcp.security.server.session.InMemoryMcpSessionBindingRepository;
import org.springaicommunity.mcp.security.server.session.InvalidMcpSessionBindingException;
import org.springaicommunity.mcp.security.server.session.McpSessionBindingRepository;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.web.SecurityFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The session filter of the community's mcp-security binds a session whenever a response
 * carries {@code Mcp-Session-Id}, and fails if it is bound already.
 */
class McpSecurityTests {

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	@BeforeAll
	static void startNodes() {
		List<Class<?>> sources = List.of(TestApplication.class, McpSecurity.class);
		nodeA = Node.start(sources, "A", TestServers.redisProperties());
		nodeB = Node.start(sources, "B", TestServers.redisProperties());
	}

	@Test
	void aSessionIsBoundOnceAndServedByAllNodes() {
		List<String> boundByA = nodeA.bean(McpSecurity.class).bound;
		List<String> boundByB = nodeB.bean(McpSecurity.class).bound;
		boundByA.clear();
		boundByB.clear();
		RawClient alice = Tokens.client("alice").initialize(nodeA.uri());
		assertThat(boundByA).containsExactly(alice.sessionId() + " alice");
		for (Node node : List.of(nodeB, nodeA, nodeB)) {
			HttpResponse<String> called = alice.tryCall(node.uri(), "count");
			assertThat(called.statusCode()).isEqualTo(200);
			assertThat(called.headers().firstValue("Mcp-Session-Id")).isEmpty();
			EventStreamReader call = alice.callStreaming(node.uri(), "log", "{}");
			call.awaitEnd();
			EventStreamReader resumed = alice.listening(nodeA.uri(), call.events().get(0).id());
			assertThat(resumed.awaitText()).isEqualTo("logged");
			EventStreamReader listening = alice.listening(node.uri());
			listening.awaitEvents(1);
			EventStreamReader again = alice.listening(nodeB.uri(), listening.lastEventId());
			again.awaitEvents(1);
			for (EventStreamReader stream : List.of(call, resumed, listening, again)) {
				assertThat(stream.status()).isEqualTo(200);
				assertThat(stream.header("Mcp-Session-Id")).isEmpty();
			}
			again.cut();
		}
		RawClient bob = Tokens.client("bob").sessionId(alice.sessionId());
		assertThat(bob.tryCall(nodeA.uri(), "count").statusCode()).isEqualTo(403);
		RawClient.assertNotFound(bob.tryCall(nodeB.uri(), "count"));
		HttpResponse<String> deleted = alice.delete(nodeB.uri());
		assertThat(deleted.statusCode()).isEqualTo(200);
		assertThat(deleted.headers().firstValue("Mcp-Session-Id")).isEmpty();
		RawClient.assertNotFound(alice.tryCall(nodeA.uri(), "count"));
		assertThat(boundByA).hasSize(1);
		assertThat(boundByB).isEmpty();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	static class McpSecurity {

		private final List<String> bound = new CopyOnWriteArrayList<>();

		@Bean
		McpSessionBindingRepository bindings() {
			return new InMemoryMcpSessionBindingRepository() {

				@Override
				public void bindSession(String sessionId, String bindingId) throws InvalidMcpSessionBindingException {
					McpSecurity.this.bound.add(sessionId + " " + bindingId);
					super.bindSession(sessionId, bindingId);
				}

			};
		}

		@Bean
		SecurityFilterChain chain(HttpSecurity http) {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
				.with(McpServerOAuth2Configurer.mcpServerOAuth2(),
						(oauth2) -> oauth2.authorizationServer(Tokens.ISSUER)
							.jwtDecoder(Tokens.decoder())
							.sessionBinding(Customizer.withDefaults()))
				.csrf((csrf) -> csrf.disable())
				.build();
		}

	}

}
