package io.github.mcpsession.samples.hazelcast;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Iterator;
import java.util.UUID;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two servers, each of them a member, over HTTP.
 */
@Timeout(60)
class TwoNodesTests {

	private static final String CLUSTER = UUID.randomUUID().toString();

	private static final int PORT = Members.freePort();

	private static final HttpClient http = HttpClient.newHttpClient();

	private static ServletWebServerApplicationContext nodeA;

	private static ServletWebServerApplicationContext nodeB;

	private String session;

	@BeforeAll
	static void startNodes() {
		nodeA = start();
		nodeB = start();
	}

	@AfterAll
	static void stopNodes() {
		nodeA.close();
		nodeB.close();
	}

	private static ServletWebServerApplicationContext start() {
		return (ServletWebServerApplicationContext) new SpringApplicationBuilder(HazelcastStoreApplication.class).run(
				"--server.port=0", "--server.shutdown=immediate", "--hazelcast.cluster=" + CLUSTER,
				"--hazelcast.port=" + PORT, "--hazelcast.members=127.0.0.1:" + PORT);
	}

	@Test
	void aSessionIsServedByBothUntilOneEndsIt() throws Exception {
		initialize(nodeA);
		assertThat(text(call(nodeB, "whoami", "{}"))).isEqualTo(this.session);
		assertThat(text(call(nodeA, "whoami", "{}"))).isEqualTo(this.session);
		assertThat(send(request(nodeB).DELETE()).statusCode()).isEqualTo(200);
		assertThat(call(nodeA, "whoami", "{}").statusCode()).isEqualTo(404);
	}

	@Test
	void anAnswerIsPostedToTheOtherNode() throws Exception {
		initialize(nodeA);
		Events events = new Events(call(nodeA, "ask", "{}"));
		String id = events.next().path("id").asString();
		assertThat(post(nodeB,
				"{\"jsonrpc\":\"2.0\",\"id\":\"" + id
						+ "\",\"result\":{\"action\":\"accept\",\"content\":{\"word\":\"tea\"}}}")
			.statusCode()).isEqualTo(202);
		assertThat(events.next().at("/result/content/0/text").asString()).isEqualTo("heard tea");
	}

	@Test
	void aCallIsResumedOnTheOtherNode() throws Exception {
		initialize(nodeA);
		HttpResponse<Stream<String>> call = call(nodeA, "slow", "{\"millis\":1500}");
		String position = call.body().filter((line) -> line.startsWith("id:")).findFirst().orElseThrow().substring(3);
		call.body().close();
		HttpResponse<Stream<String>> resumed = send(request(nodeB).header("Last-Event-ID", position.strip()).GET());
		assertThat(text(resumed)).isEqualTo("done");
	}

	@Test
	void aSessionOutlivesTheMemberThatBeganIt() throws Exception {
		ServletWebServerApplicationContext third = start();
		initialize(third);
		assertThat(text(call(third, "whoami", "{}"))).isEqualTo(this.session);
		third.close();
		assertThat(text(call(nodeA, "whoami", "{}"))).isEqualTo(this.session);
	}

	private void initialize(ServletWebServerApplicationContext node) throws Exception {
		HttpResponse<Stream<String>> response = post(node, """
				{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",
				"capabilities":{"elicitation":{}},"clientInfo":{"name":"test","version":"1"}}}""");
		response.body().close();
		this.session = response.headers().firstValue("Mcp-Session-Id").orElseThrow();
		post(node, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");
	}

	private HttpResponse<Stream<String>> call(ServletWebServerApplicationContext node, String tool, String arguments)
			throws Exception {
		return post(node, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"" + tool
				+ "\",\"arguments\":" + arguments + "}}");
	}

	private HttpResponse<Stream<String>> post(ServletWebServerApplicationContext node, String body) throws Exception {
		return send(request(node).header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString(body)));
	}

	private HttpRequest.Builder request(ServletWebServerApplicationContext node) {
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI.create("http://127.0.0.1:" + node.getWebServer().getPort() + "/mcp"))
			.header("Accept", "application/json, text/event-stream");
		return (this.session != null) ? request.header("Mcp-Session-Id", this.session) : request;
	}

	private static HttpResponse<Stream<String>> send(HttpRequest.Builder request)
			throws IOException, InterruptedException {
		return http.send(request.build(), HttpResponse.BodyHandlers.ofLines());
	}

	private static String text(HttpResponse<Stream<String>> response) {
		return new Events(response).next().at("/result/content/0/text").asString();
	}

	/**
	 * The messages of a response.
	 */
	private static final class Events {

		private final Iterator<JsonNode> messages;

		Events(HttpResponse<Stream<String>> response) {
			this.messages = response.body()
				.filter((line) -> line.startsWith("data:"))
				.map((line) -> line.substring(5).strip())
				.filter((data) -> !data.isEmpty())
				.map((data) -> new JsonMapper().readTree(data))
				.iterator();
		}

		JsonNode next() {
			return this.messages.next();
		}

	}

}
