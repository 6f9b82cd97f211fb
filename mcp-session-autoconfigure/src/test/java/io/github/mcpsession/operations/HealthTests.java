package io.github.mcpsession.operations;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Spring Data Redis comes with the starter, a Redis does not.
 */
class HealthTests {

	private static final List<String> NO_REDIS_ANYWHERE = List.of("management.endpoint.health.show-details=always");

	@Test
	void inMemoryAnApplicationWithoutRedisIsUp() throws Exception {
		assertThat(health(NO_REDIS_ANYWHERE)).startsWith("200 ").contains("\"UP\"").doesNotContain("redis");
	}

	@Test
	void inADatabaseAnApplicationWithoutRedisIsUp() throws Exception {
		assertThat(
				health(NO_REDIS_ANYWHERE, "mcp.session.store=jdbc", "spring.datasource.url=" + TestServers.newH2Url()))
			.startsWith("200 ")
			.contains("\"db\"")
			.doesNotContain("redis");
	}

	@Test
	void switchedOffAnApplicationWithoutRedisIsUp() throws Exception {
		assertThat(health(NO_REDIS_ANYWHERE, "mcp.session.store=redis", "mcp.session.enabled=false")).startsWith("200 ")
			.doesNotContain("redis");
	}

	@Test
	void withSessionsInRedisItsHealthCounts() throws Exception {
		assertThat(health(TestServers.redisProperties(), NO_REDIS_ANYWHERE.get(0))).startsWith("200 ")
			.contains("redis");
	}

	@Test
	void anApplicationWithARedisOfItsOwnKeepsItsIndicator() throws Exception {
		assertThat(health(NO_REDIS_ANYWHERE, "spring.data.redis.host=127.0.0.1", "spring.data.redis.port=1"))
			.startsWith("503 ")
			.contains("redis");
	}

	private static String health(List<String> properties, String... more) throws IOException, InterruptedException {
		try (Node node = Node.start("A", properties, more)) {
			URI uri = node.uri().resolve("/actuator/health");
			HttpResponse<String> response = HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
			return response.statusCode() + " " + response.body();
		}
	}

}
