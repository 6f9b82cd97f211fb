package io.github.mcpsession.security;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.CallerResolver;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.github.mcpsession.testing.Tokens;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.server.resource.authentication.JwtAuthenticationToken;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Nodes that are OAuth2 resource servers.
 */
@ExtendWith(OutputCaptureExtension.class)
class OAuth2Tests {

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	@BeforeAll
	static void startNodes() {
		List<Class<?>> sources = List.of(TestApplication.class, ResourceServer.class);
		nodeA = Node.start(sources, "A", TestServers.redisProperties());
		nodeB = Node.start(sources, "B", TestServers.redisProperties());
	}

	@Test
	void withoutATokenThereIsNoWayIn() {
		RawClient alice = Tokens.client("alice").initialize(nodeA.uri());
		for (RawClient nobody : List.of(new RawClient(), Tokens.forger("alice"))) {
			assertThat(nobody.tryInitialize(nodeA.uri()).statusCode()).isEqualTo(401);
			nobody.sessionId(alice.sessionId());
			for (Node node : List.of(nodeA, nodeB)) {
				assertThat(nobody.tryCall(node.uri(), "count").statusCode()).isEqualTo(401);
				assertThat(nobody.get(node.uri()).statusCode()).isEqualTo(401);
				assertThat(nobody.delete(node.uri()).statusCode()).isEqualTo(401);
			}
		}
		assertThat(alice.call(nodeB.uri(), "count")).isEqualTo("1");
	}

	@Test
	void aSessionIsForTheSubjectOfTheTokenOnAllNodes() {
		RawClient alice = Tokens.client("alice").initialize(nodeA.uri());
		EventStreamReader call = alice.callStreaming(nodeA.uri(), "log", "{}");
		call.awaitEnd();
		RawClient bob = Tokens.client("bob").sessionId(alice.sessionId());
		for (Node node : List.of(nodeB, nodeA)) {
			RawClient.assertNotFound(bob.tryCall(node.uri(), "count"));
			RawClient.assertNotFound(bob.get(node.uri()));
			RawClient.assertNotFound(bob.delete(node.uri()));
			EventStreamReader stolen = bob.listening(node.uri(), call.events().get(0).id());
			stolen.awaitEnd();
			assertThat(stolen.status()).isEqualTo(404);
			assertThat(stolen.events()).isEmpty();
		}
		assertThat(alice.call(nodeA.uri(), "count")).isEqualTo("1");
		assertThat(alice.call(nodeB.uri(), "count")).isEqualTo("2");
	}

	@Test
	void aSessionOutlivesItsFirstToken() {
		RawClient alice = Tokens.client("alice").initialize(nodeA.uri());
		for (int i = 1; i <= 4; i++) {
			RawClient refreshed = Tokens.client("alice").sessionId(alice.sessionId());
			assertThat(refreshed.call(((i % 2 == 0) ? nodeA : nodeB).uri(), "count")).isEqualTo(String.valueOf(i));
		}
		assertThat(Tokens.client("alice").sessionId(alice.sessionId()).delete(nodeB.uri()).statusCode()).isEqualTo(200);
	}

	@Test
	void subjectsOfSeveralIssuersAreToldApartByACallerResolver() {
		String other = "https://other.example.com";
		RawClient known = Tokens.client("alice").initialize(nodeA.uri());
		// the name alone is the subject
		assertThat(Tokens.client(other, "alice").sessionId(known.sessionId()).call(nodeA.uri(), "count"))
			.isEqualTo("1");
		try (Node node = Node.start(List.of(TestApplication.class, ResourceServer.class, SeveralIssuers.class), "C",
				TestServers.redisProperties())) {
			RawClient alice = Tokens.client("alice").initialize(node.uri());
			HttpResponse<String> stolen = Tokens.client(other, "alice")
				.sessionId(alice.sessionId())
				.tryCall(node.uri(), "count");
			assertThat(stolen.statusCode()).isEqualTo(404);
			assertThat(Tokens.client("alice").sessionId(alice.sessionId()).call(node.uri(), "count")).isEqualTo("1");
			// whoever has not come with a token, but with a password
			RawClient local = basic("alice").initialize(node.uri());
			for (RawClient stranger : List.of(basic("bob"), Tokens.client("alice"))) {
				assertThat(stranger.sessionId(local.sessionId()).tryCall(node.uri(), "count").statusCode())
					.isEqualTo(404);
			}
			assertThat(basic("alice").sessionId(alice.sessionId()).tryCall(node.uri(), "count").statusCode())
				.isEqualTo(404);
			assertThat(basic("alice").sessionId(local.sessionId()).call(node.uri(), "count")).isEqualTo("1");
			assertForbidden(Tokens.nameless().tryInitialize(node.uri()), "\"init\"");
		}
	}

	private static RawClient basic(String user) {
		String credentials = Base64.getEncoder().encodeToString((user + ":pw").getBytes(StandardCharsets.UTF_8));
		return new RawClient(Map.of("Authorization", "Basic " + credentials));
	}

	@Test
	void aCallerWithoutANameIsRefused(CapturedOutput output) {
		RawClient alice = Tokens.client("alice").initialize(nodeA.uri());
		for (Node node : List.of(nodeA, nodeB)) {
			assertForbidden(Tokens.nameless().tryInitialize(node.uri()), "\"init\"");
			for (String id : List.of(alice.sessionId(), "none")) {
				RawClient nameless = Tokens.nameless().sessionId(id);
				assertForbidden(nameless.tryCall(node.uri(), "count"), "1");
				assertForbidden(nameless.get(node.uri()), "null");
				assertForbidden(nameless.delete(node.uri()), "null");
			}
		}
		assertThat(alice.call(nodeB.uri(), "count")).isEqualTo("1");
		assertThat(output.getOut().lines().filter((line) -> line.contains("CallerResolver"))).hasSize(2)
			.allMatch((line) -> line.contains("WARN"));
	}

	private static void assertForbidden(HttpResponse<String> response, String id) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(403);
		assertThat(response.headers().firstValue("Mcp-Session-Id")).isEmpty();
		assertThat(response.body())
			.isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"error\":{\"code\":-32000,\"message\":\"Forbidden\"}}");
	}

	@Test
	void aCallerWithoutANameIsServedWhereSessionsAreForAll() {
		try (Node node = Node.start(List.of(TestApplication.class, ResourceServer.class), "C", List.of(),
				"mcp.session.principal-binding=false")) {
			RawClient nameless = Tokens.nameless().initialize(node.uri());
			assertThat(nameless.call(node.uri(), "count")).isEqualTo("1");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	static class ResourceServer {

		@Bean
		SecurityFilterChain chain(HttpSecurity http) {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
				.httpBasic((basic) -> {
				})
				.oauth2ResourceServer((server) -> server.jwt((jwt) -> jwt.decoder(Tokens.decoder())))
				.csrf((csrf) -> csrf.disable())
				.build();
		}

		@Bean
		UserDetailsService users() {
			return new InMemoryUserDetailsManager(User.withUsername("alice").password("{noop}pw").build(),
					User.withUsername("bob").password("{noop}pw").build());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SeveralIssuers {

		@Bean
		CallerResolver issuerAndSubject() {
			CallerResolver principalName = CallerResolver.principalName();
			return (request) -> {
				String name = principalName.resolve(request);
				if (name == null || name.isBlank()) {
					return name;
				}
				return (request.getUserPrincipal() instanceof JwtAuthenticationToken token)
						? token.getToken().getClaimAsString("iss") + " " + name
						: request.getUserPrincipal().getClass().getSimpleName() + " " + name;
			};
		}

	}

}
