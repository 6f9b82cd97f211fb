package io.github.mcpsession.security;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two users and two nodes.
 */
class PrincipalBindingTests {

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	@AutoClose
	private static Node unbound;

	@BeforeAll
	static void startNodes() {
		List<Class<?>> sources = List.of(TestApplication.class, Security.class);
		nodeA = Node.start(sources, "A", TestServers.redisProperties());
		nodeB = Node.start(sources, "B", TestServers.redisProperties());
		unbound = Node.start(sources, "C", TestServers.redisProperties(), "mcp.session.principal-binding=false");
	}

	static RawClient as(String user) {
		String credentials = Base64.getEncoder().encodeToString((user + ":pw").getBytes(StandardCharsets.UTF_8));
		return new RawClient(Map.of("Authorization", "Basic " + credentials));
	}

	@Test
	void aSessionIsOnlyForTheCallerThatInitializedIt() {
		RawClient alice = as("alice").initialize(nodeA.uri());
		for (Node node : List.of(nodeB, nodeA)) {
			for (RawClient stranger : List.of(as("bob"), new RawClient())) {
				stranger.sessionId(alice.sessionId());
				RawClient.assertNotFound(stranger.tryCall(node.uri(), "node"));
				RawClient.assertNotFound(stranger.get(node.uri()));
				RawClient.assertNotFound(stranger.delete(node.uri()));
			}
		}
		assertThat(alice.call(nodeA.uri(), "count")).isEqualTo("1");
		assertThat(alice.call(nodeB.uri(), "count")).isEqualTo("2");
		RawClient bob = as("bob").sessionId(alice.sessionId());
		RawClient.assertNotFound(bob.tryCall(nodeB.uri(), "count"));
		RawClient.assertNotFound(bob.delete(nodeB.uri()));
		assertThat(alice.call(nodeB.uri(), "count")).isEqualTo("3");
		assertThat(alice.delete(nodeB.uri()).statusCode()).isEqualTo(200);
	}

	@Test
	void aStrangersAttemptDoesNotAnswerTheOwner() {
		for (int round = 0; round < 5; round++) {
			RawClient alice = as("alice").initialize(nodeA.uri());
			RawClient bob = as("bob").sessionId(alice.sessionId());
			var strangers = IntStream.range(0, 5).mapToObj((i) -> bob.callAsync(nodeB.uri(), "node", "{}")).toList();
			var owners = IntStream.range(0, 5).mapToObj((i) -> alice.callAsync(nodeB.uri(), "node", "{}")).toList();
			assertThat(strangers).allSatisfy((call) -> RawClient.assertNotFound(call.join()));
			assertThat(owners).allSatisfy((call) -> assertThat(call.join().statusCode()).isEqualTo(200));
		}
	}

	@Test
	void anAnonymousSessionIsForAnonymousCallersOnly() {
		RawClient anonymous = new RawClient().initialize(nodeA.uri());
		RawClient.assertNotFound(as("bob").sessionId(anonymous.sessionId()).tryCall(nodeA.uri(), "node"));
		RawClient.assertNotFound(as("bob").sessionId(anonymous.sessionId()).tryCall(nodeB.uri(), "node"));
		assertThat(anonymous.call(nodeB.uri(), "node")).isEqualTo("B");
	}

	@Test
	void bindingCanBeSwitchedOff() {
		RawClient alice = as("alice").initialize(nodeA.uri());
		assertThat(as("bob").sessionId(alice.sessionId()).call(unbound.uri(), "node")).isEqualTo("C");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	static class Security {

		@Bean
		SecurityFilterChain chain(HttpSecurity http) {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll()).httpBasic((basic) -> {
			})
				.csrf((csrf) -> csrf.disable())
				.sessionManagement((sessions) -> sessions
					.sessionCreationPolicy(org.springframework.security.config.http.SessionCreationPolicy.STATELESS))
				.build();
		}

		@Bean
		UserDetailsService users() {
			return new InMemoryUserDetailsManager(User.withUsername("alice").password("{noop}pw").build(),
					User.withUsername("bob").password("{noop}pw").build());
		}

	}

}
