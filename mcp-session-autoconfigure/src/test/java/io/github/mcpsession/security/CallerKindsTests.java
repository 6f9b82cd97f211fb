package io.github.mcpsession.security;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configuration.EnableWebSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Callers that are authenticated by passwords, by opaque tokens, by a filter of the
 * application's own that has no order, and not at all. {@link OAuth2Tests} has those with
 * a JWT.
 */
class CallerKindsTests {

	@AutoClose
	private static Node node;

	private static URI uri;

	@BeforeAll
	static void start() {
		node = Node.start(List.of(TestApplication.class, Security.class), "A", List.of());
		uri = node.uri();
	}

	private static RawClient basic(String user) {
		String credentials = Base64.getEncoder().encodeToString((user + ":pw").getBytes(StandardCharsets.UTF_8));
		return new RawClient(Map.of("Authorization", "Basic " + credentials));
	}

	private static RawClient token(String token) {
		return new RawClient(Map.of("Authorization", "Bearer " + token));
	}

	private static RawClient key(String key) {
		return new RawClient(Map.of("X-API-Key", key));
	}

	@Test
	void aSessionIsForWhoeverInitializedIt() {
		List<RawClient> owners = List.of(basic("alice"), basic("bob"), token("carol"), token("dave"), key("erin"),
				key("frank"), new RawClient());
		for (int i = 0; i < owners.size(); i++) {
			RawClient owner = owners.get(i).initialize(uri);
			String id = owner.sessionId();
			List<RawClient> strangers = List.of(basic("alice"), basic("bob"), token("carol"), token("dave"),
					key("erin"), key("frank"), new RawClient());
			for (int j = 0; j < strangers.size(); j++) {
				if (j != i) {
					RawClient stranger = strangers.get(j).sessionId(id);
					assertThat(stranger.tryCall(uri, "count").statusCode()).as(i + " " + j).isEqualTo(404);
					assertThat(stranger.delete(uri).statusCode()).isEqualTo(404);
				}
			}
			assertThat(owner.call(uri, "count")).isEqualTo("1");
		}
	}

	@Test
	void aTokenThatNamesNobodyIsRefused() {
		assertThat(token("nobody").tryInitialize(uri).statusCode()).isEqualTo(403);
		RawClient anonymous = new RawClient().initialize(uri);
		assertThat(token("nobody").sessionId(anonymous.sessionId()).tryCall(uri, "count").statusCode()).isEqualTo(403);
		assertThat(anonymous.call(uri, "count")).isEqualTo("1");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	static class Security {

		@Bean
		SecurityFilterChain chain(HttpSecurity http) {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll()).httpBasic((basic) -> {
			}).oauth2ResourceServer((server) -> server.opaqueToken((token) -> {
			})).csrf((csrf) -> csrf.disable()).build();
		}

		/**
		 * A response without a subject, which is optional (RFC 7662), has no name.
		 */
		@Bean
		OpaqueTokenIntrospector introspector() {
			return (token) -> new DefaultOAuth2AuthenticatedPrincipal("nobody".equals(token) ? null : token,
					Map.of("client_id", "x"), List.of());
		}

		@Bean
		Filter apiKeys() {
			return (request, response, chain) -> {
				String key = ((HttpServletRequest) request).getHeader("X-API-Key");
				chain.doFilter((key == null) ? request : new HttpServletRequestWrapper((HttpServletRequest) request) {

					@Override
					public java.security.Principal getUserPrincipal() {
						return () -> "key " + key;
					}

				}, response);
			};
		}

		@Bean
		UserDetailsService users() {
			return new InMemoryUserDetailsManager(User.withUsername("alice").password("{noop}pw").build(),
					User.withUsername("bob").password("{noop}pw").build());
		}

	}

}
