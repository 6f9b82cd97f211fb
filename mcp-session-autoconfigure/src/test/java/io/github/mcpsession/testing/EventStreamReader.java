package io.github.mcpsession.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An SSE stream, read in the background.
 */
public final class EventStreamReader {

	private static final JsonMapper json = new JsonMapper();

	private final List<Event> events = new CopyOnWriteArrayList<>();

	private final CompletableFuture<HttpResponse<InputStream>> response;

	private final CompletableFuture<Void> end = new CompletableFuture<>();

	private volatile int comments;

	/**
	 * An event as it came.
	 *
	 * @param id the field "id"; {@code null} if there was none
	 * @param retry the field "retry"; {@code null} if there was none
	 * @param data the field "data"; {@code null} if there was none
	 */
	public record Event(String id, String retry, String data) {

		public JsonNode message() {
			return json.readTree(this.data);
		}

		boolean hasMessage() {
			return this.data != null && !this.data.isBlank();
		}

	}

	EventStreamReader(CompletableFuture<HttpResponse<InputStream>> response) {
		this.response = response;
		response.whenComplete((received, ex) -> {
			if (received != null) {
				Thread reader = new Thread(() -> read(received.body()), "sse-stream");
				reader.setDaemon(true);
				reader.start();
			}
			else {
				this.end.complete(null);
			}
		});
	}

	private void read(InputStream body) {
		try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
			String id = null;
			String retry = null;
			String data = null;
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				if (line.startsWith(":")) {
					this.comments++;
				}
				else if (line.startsWith("id:")) {
					id = line.substring(3).strip();
				}
				else if (line.startsWith("retry:")) {
					retry = line.substring(6).strip();
				}
				else if (line.startsWith("data:")) {
					data = line.substring(5).strip();
				}
				else if (line.isEmpty()) {
					if (id != null || retry != null || data != null) {
						this.events.add(new Event(id, retry, data));
					}
					id = null;
					retry = null;
					data = null;
				}
			}
		}
		catch (IOException | UncheckedIOException ex) {
			// cut
		}
		this.end.complete(null);
	}

	public int status() {
		return this.response.join().statusCode();
	}

	public Optional<String> header(String name) {
		return this.response.join().headers().firstValue(name);
	}

	/**
	 * Close the connection from this side.
	 */
	public void cut() {
		try {
			this.response.join().body().close();
		}
		catch (IOException ex) {
			// closed
		}
	}

	public List<Event> events() {
		return this.events;
	}

	public int comments() {
		return this.comments;
	}

	/**
	 * Forget what has come so far.
	 */
	public void clear() {
		this.events.clear();
	}

	/**
	 * The id of the last event so far, as a client would send it.
	 */
	public String lastEventId() {
		return this.events.stream().map(Event::id).filter((id) -> id != null).reduce((a, b) -> b).orElseThrow();
	}

	/**
	 * The events that have a message.
	 */
	public List<Event> messageEvents() {
		return this.events.stream().filter(Event::hasMessage).toList();
	}

	public List<JsonNode> messages() {
		return messageEvents().stream().map(Event::message).toList();
	}

	public List<String> methods() {
		return messages().stream().map((message) -> message.path("method").asString("")).toList();
	}

	public boolean hasEnded() {
		return this.end.isDone();
	}

	public void awaitEnd() {
		Awaitility.await().pollInterval(Duration.ofMillis(1)).atMost(Duration.ofSeconds(20)).until(this::hasEnded);
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

	/**
	 * Wait for a number of events, primers included.
	 */
	public void awaitEvents(int count) {
		Awaitility.await()
			.pollInterval(Duration.ofMillis(1))
			.atMost(Duration.ofSeconds(20))
			.until(() -> this.events.size() >= count);
	}

	private JsonNode await(Predicate<JsonNode> condition) {
		Awaitility.await()
			.pollInterval(Duration.ofMillis(1))
			.atMost(Duration.ofSeconds(20))
			.until(() -> messages().stream().anyMatch(condition));
		return messages().stream().filter(condition).findFirst().orElseThrow();
	}

}
