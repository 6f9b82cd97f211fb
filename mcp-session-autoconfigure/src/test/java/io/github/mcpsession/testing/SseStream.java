package io.github.mcpsession.testing;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An SSE stream, read in the background.
 */
public final class SseStream {

	private static final JsonMapper json = new JsonMapper();

	private final List<JsonNode> messages = new CopyOnWriteArrayList<>();

	private final CompletableFuture<Void> end = new CompletableFuture<>();

	SseStream(CompletableFuture<HttpResponse<Stream<String>>> response) {
		response.whenComplete((received, ex) -> {
			if (received != null) {
				Thread reader = new Thread(() -> read(received.body()));
				reader.setDaemon(true);
				reader.start();
			}
			else {
				this.end.complete(null);
			}
		});
	}

	private void read(Stream<String> lines) {
		try {
			lines.filter((line) -> line.startsWith("data:") && line.length() > "data: ".length())
				.forEach((line) -> this.messages.add(json.readTree(line.substring("data:".length()))));
		}
		catch (RuntimeException ex) {
			// cut
		}
		this.end.complete(null);
	}

	public List<JsonNode> messages() {
		return this.messages;
	}

	public List<String> methods() {
		return this.messages.stream().map((message) -> message.path("method").asString("")).toList();
	}

	public boolean hasEnded() {
		return this.end.isDone();
	}

	/**
	 * Wait for a request or notification of the server.
	 */
	public JsonNode awaitMethod(String method) {
		return await((message) -> method.equals(message.path("method").asString("")));
	}

	/**
	 * Wait for the result of the call, and return its text.
	 */
	public String awaitText() {
		return await((message) -> message.has("result") || message.has("error")).at("/result/content/0/text")
			.asString("no text");
	}

	private JsonNode await(Predicate<JsonNode> condition) {
		Awaitility.await()
			.pollInterval(Duration.ofMillis(1))
			.atMost(Duration.ofSeconds(20))
			.until(() -> this.messages.stream().anyMatch(condition));
		return this.messages.stream().filter(condition).findFirst().orElseThrow();
	}

}
