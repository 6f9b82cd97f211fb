package io.github.mcpsession.actuate;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The dashboard in docs, against what Prometheus is told by a node.
 */
class DashboardTests {

	private static final Path DASHBOARD = Path.of("..", "docs", "grafana-dashboard.json");

	private static final Pattern METRIC = Pattern.compile("mcp_session_\\w+");

	private static final Pattern GROUPING = Pattern.compile("by \\(([^)]+)\\) \\(\\w*\\(?(mcp_session_\\w+)");

	/**
	 * Of calls that have not ended, made of each observation by Micrometer.
	 */
	private static final Pattern LONG_TASKS = Pattern.compile(".*_active_seconds(_\\w+)?");

	@Test
	void everyPanelShowsWhatThereIs() throws Exception {
		List<String> expressions = new JsonMapper().readTree(Files.readString(DASHBOARD))
			.findValues("expr")
			.stream()
			.map(JsonNode::asString)
			.toList();
		Map<String, Set<String>> scraped = scrape();
		Set<String> shown = expressions.stream()
			.flatMap((expression) -> METRIC.matcher(expression).results())
			.map(MatchResult::group)
			.collect(Collectors.toCollection(TreeSet::new));
		assertThat(scraped.keySet()).containsAll(shown);
		assertThat(shown)
			.containsAll(scraped.keySet().stream().filter((name) -> !LONG_TASKS.matcher(name).matches()).toList());
		assertThat(expressions.stream().flatMap((expression) -> GROUPING.matcher(expression).results())).isNotEmpty()
			.allSatisfy((grouping) -> assertThat(scraped.get(grouping.group(2))).as(grouping.group())
				.containsAll(Arrays.stream(grouping.group(1).split(", "))
					.filter((label) -> !label.equals("instance"))
					.toList()));
	}

	/**
	 * The metrics of a node that has served a client, and the labels of each.
	 */
	private static Map<String, Set<String>> scrape() throws IOException, InterruptedException {
		try (Node node = Node.start("A", TestServers.redisProperties(),
				"management.endpoints.web.exposure.include=prometheus")) {
			RawClient client = new RawClient().initialize(node.uri());
			client.call(node.uri(), "node");
			HttpResponse<String> response = HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(node.uri().resolve("/actuator/prometheus")).build(),
						HttpResponse.BodyHandlers.ofString());
			assertThat(response.statusCode()).isEqualTo(200);
			assertThat(response.body()).doesNotContain(client.sessionId());
			Map<String, Set<String>> metrics = new TreeMap<>();
			response.body().lines().filter((line) -> line.startsWith("mcp_session")).forEach((line) -> {
				Set<String> labels = metrics.computeIfAbsent(line.split("[{ ]", 2)[0], (name) -> new TreeSet<>());
				Pattern.compile("(\\w+)=\"").matcher(line).results().forEach((label) -> labels.add(label.group(1)));
			});
			return metrics;
		}
	}

}
