package io.github.mcpsession.security;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
 * Spring Security's filter, wherever the application puts it.
 */
class SecurityFilterOrderTests {

	private static final List<Class<?>> SOURCES = List.of(TestApplication.class, Security.class);

	private static RawClient as(String user) {
		String credentials = Base64.getEncoder().encodeToString((user + ":pw").getBytes(StandardCharsets.UTF_8));
		return new RawClient(Map.of("Authorization", "Basic " + credentials));
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.security.filter.order=-100", "spring.security.filter.order=-50",
			"spring.security.filter.order=10", "spring.security.filter.order=2147483647" })
	void callersAreKnownBeforeTheirSessions(String property) {
		try (Node node = Node.start(SOURCES, "A", List.of(property))) {
			RawClient alice = as("alice").initialize(node.uri());
			RawClient bob = as("bob").sessionId(alice.sessionId());
			RawClient.assertNotFound(bob.get(node.uri()));
			RawClient.assertNotFound(bob.delete(node.uri()));
			assertThat(bob.tryCall(node.uri(), "node").statusCode()).isEqualTo(404);
			for (String id : List.of(alice.sessionId(), "none")) {
				RawClient stranger = new RawClient().sessionId(id);
				assertThat(stranger.tryCall(node.uri(), "node").statusCode()).isEqualTo(401);
				assertThat(stranger.delete(node.uri()).statusCode()).isEqualTo(401);
			}
			assertThat(alice.call(node.uri(), "node")).isEqualTo("A");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	static class Security {

		@Bean
		SecurityFilterChain chain(HttpSecurity http) {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
				.httpBasic((basic) -> {
				})
				.csrf((csrf) -> csrf.disable())
				.build();
		}

		@Bean
		UserDetailsService users() {
			return new InMemoryUserDetailsManager(User.withUsername("alice").password("{noop}pw").build(),
					User.withUsername("bob").password("{noop}pw").build());
		}

	}

}
