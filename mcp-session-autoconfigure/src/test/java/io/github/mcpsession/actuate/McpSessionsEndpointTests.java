package io.github.mcpsession.actuate;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.testing.ActuatorClient;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
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
 * What the endpoint tells whom, and what it says when it cannot.
 */
class McpSessionsEndpointTests {

	private static final List<String> EXPOSED = List.of("management.endpoints.web.exposure.include=mcpsessions");

	private static final String SHOW_VALUES = "management.endpoint.mcpsessions.show-values=";

	private static Map<String, String> as(String user) {
		String credentials = Base64.getEncoder().encodeToString((user + ":pw").getBytes(StandardCharsets.UTF_8));
		return Map.of("Authorization", "Basic " + credentials);
	}

	private static Node startSecured(String... properties) {
		return Node.start(List.of(TestApplication.class, Security.class), "A", EXPOSED, properties);
	}

	private static String principalAsSeenBy(String user, Node node) {
		RawClient alice = new RawClient(as("alice")).initialize(node.uri());
		ActuatorClient actuator = new ActuatorClient(node, (user != null) ? as(user) : Map.of());
		String listed = actuator.page(null, 1).at("/sessions/0/principal").asString();
		assertThat(actuator.session(alice.sessionId()).get("principal").asString()).isEqualTo(listed);
		return listed;
	}

	@Test
	void byDefaultNobodySeesWhoseASessionIs() {
		try (Node node = startSecured()) {
			assertThat(principalAsSeenBy("admin", node)).isEqualTo("******");
			assertThat(new ActuatorClient(node, as("admin")).get("").body()).doesNotContain("alice");
		}
	}

	@Test
	void whereValuesAreShownAllSeeIt() {
		try (Node node = startSecured(SHOW_VALUES + "always")) {
			assertThat(principalAsSeenBy(null, node)).isEqualTo("alice");
		}
	}

	@Test
	void whereValuesAreShownToAuthorizedOnesTheirRoleCounts() {
		try (Node node = startSecured(SHOW_VALUES + "when-authorized", "management.endpoint.mcpsessions.roles=ADMIN")) {
			assertThat(principalAsSeenBy(null, node)).isEqualTo("******");
			assertThat(principalAsSeenBy("bob", node)).isEqualTo("******");
			assertThat(principalAsSeenBy("admin", node)).isEqualTo("alice");
		}
		try (Node node = startSecured(SHOW_VALUES + "when-authorized")) {
			assertThat(principalAsSeenBy(null, node)).isEqualTo("******");
			assertThat(principalAsSeenBy("bob", node)).isEqualTo("alice");
		}
	}

	@Test
	void aSessionInMemoryIsListedAndEnded() {
		try (Node node = Node.start("A", EXPOSED, "management.endpoint.mcpsessions.access=unrestricted")) {
			RawClient client = new RawClient().initialize(node.uri());
			ActuatorClient actuator = new ActuatorClient(node);
			String handle = actuator.sessions(10).get(0).get("handle").asString();
			assertThat(actuator.page(null, 10).get("nodes").size()).isOne();
			assertThat(actuator.delete(handle).statusCode()).isEqualTo(204);
			assertThat(client.tryCall(node.uri(), "node").statusCode()).isEqualTo(404);
			assertThat(actuator.sessions(10)).isEmpty();
		}
	}

	/**
	 * Security finding S-01: by asking whether a session comes after a text of one's own,
	 * digit by digit, one could find out its whole id.
	 */
	@Test
	void noReadTellsWhetherAnIdComesAfterATextOfTheCallersOwn() {
		try (Node node = Node.start("A", EXPOSED)) {
			RawClient client = new RawClient().initialize(node.uri());
			ActuatorClient actuator = new ActuatorClient(node);
			String fingerprint = actuator.sessions(10).get(0).get("handle").asString().split("\\.")[0];
			for (String text : List.of("0", "zzz", client.sessionId().substring(0, 8))) {
				String encoded = Base64.getUrlEncoder()
					.withoutPadding()
					.encodeToString(text.getBytes(StandardCharsets.UTF_8));
				assertThat(actuator.get("/" + fingerprint + "." + encoded).statusCode()).isEqualTo(404);
				assertThat(actuator.get("?cursor=" + encoded).statusCode()).isEqualTo(400);
			}
		}
	}

	@Test
	void aStoreThatCannotListSaysSo() {
		List<Class<?>> sources = List.of(TestApplication.class, Unlistable.class);
		try (Node node = Node.start(sources, "A", EXPOSED, "management.endpoint.mcpsessions.access=unrestricted")) {
			RawClient client = new RawClient().initialize(node.uri());
			ActuatorClient actuator = new ActuatorClient(node);
			HttpResponse<String> response = actuator.get("");
			assertThat(response.statusCode()).isEqualTo(501);
			assertThat(response.body()).contains("ListableSessionStore")
				.contains(node.nodeName())
				.doesNotContain("\"sessions\"");
			assertThat(actuator.get("/" + "0".repeat(32)).statusCode()).isEqualTo(404);
			assertThat(actuator.session(client.sessionId()).at("/client/name").asString()).isEqualTo("raw");
			assertThat(actuator.delete(client.sessionId()).statusCode()).isEqualTo(204);
		}
	}

	@Test
	void aStoreThatGivesNoAnswerIsNoEmptyStore() {
		try (Node node = Node.start(List.of(TestApplication.class, Broken.class), "A", EXPOSED)) {
			assertThat(new ActuatorClient(node).get("").statusCode()).isEqualTo(503);
			assertThat(new ActuatorClient(node).get("/x").statusCode()).isEqualTo(503);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Unlistable {

		@Bean
		SessionStore unlistable() {
			MemorySessionStore memory = new MemorySessionStore();
			return (SessionStore) java.lang.reflect.Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { SessionStore.class },
					(proxy, method, arguments) -> method.invoke(memory, arguments));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Broken {

		@Bean
		ListableSessionStore broken() {
			return new ListableSessionStore() {

				@Override
				public SessionPage list(String cursor, int limit) {
					throw new IllegalStateException("down");
				}

				@Override
				public int countByPrincipal(String principal) {
					throw new IllegalStateException("down");
				}

				@Override
				public boolean create(SessionRecord session, Duration idleTimeout) {
					throw new IllegalStateException("down");
				}

				@Override
				public Optional<SessionRecord> find(String sessionId) {
					throw new IllegalStateException("down");
				}

				@Override
				public boolean replace(SessionRecord session) {
					throw new IllegalStateException("down");
				}

				@Override
				public boolean touch(String sessionId, Duration idleTimeout) {
					throw new IllegalStateException("down");
				}

				@Override
				public boolean delete(String sessionId) {
					throw new IllegalStateException("down");
				}

			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableWebSecurity
	static class Security {

		@Bean
		SecurityFilterChain chain(HttpSecurity http) {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().permitAll()).httpBasic((basic) -> {
			}).csrf((csrf) -> csrf.disable()).build();
		}

		@Bean
		UserDetailsService users() {
			return new InMemoryUserDetailsManager(User.withUsername("alice").password("{noop}pw").build(),
					User.withUsername("bob").password("{noop}pw").roles("USER").build(),
					User.withUsername("admin").password("{noop}pw").roles("ADMIN").build());
		}

	}

}
