package io.github.mcpsession.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Asks the endpoint of a node for sessions.
 */
public final class ActuatorClient {

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private static final JsonMapper json = new JsonMapper();

	private final URI endpoint;

	private final Map<String, String> headers;

	public ActuatorClient(Node node) {
		this(node, Map.of());
	}

	public ActuatorClient(Node node, Map<String, String> headers) {
		this.endpoint = node.uri().resolve("/actuator/mcpsessions");
		this.headers = headers;
	}

	/**
	 * Read a page that must be there.
	 */
	public JsonNode page(String cursor, int limit) {
		return read("?limit=" + limit + ((cursor != null) ? "&cursor=" + cursor : ""));
	}

	/**
	 * Read all pages.
	 */
	public List<JsonNode> sessions(int limit) {
		List<JsonNode> sessions = new ArrayList<>();
		String cursor = null;
		do {
			JsonNode page = page(cursor, limit);
			page.get("sessions").forEach(sessions::add);
			cursor = page.path("next").asString(null);
		}
		while (cursor != null);
		return sessions;
	}

	public JsonNode session(String handle) {
		return read("/" + handle);
	}

	private JsonNode read(String path) {
		HttpResponse<String> response = get(path);
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
		return json.readTree(response.body());
	}

	public HttpResponse<String> get(String path) {
		return send("GET", path);
	}

	public HttpResponse<String> delete(String handle) {
		return send("DELETE", "/" + handle);
	}

	private HttpResponse<String> send(String method, String path) {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(this.endpoint + path))
			.timeout(Duration.ofSeconds(30))
			.method(method, HttpRequest.BodyPublishers.noBody());
		this.headers.forEach(request::header);
		try {
			return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
