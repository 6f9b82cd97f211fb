package io.github.mcpsession.samples.console;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A headless Chromium, driven by W3C WebDriver.
 */
final class Browser implements AutoCloseable {

	private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "chrome");

	private static final JsonMapper json = new JsonMapper();

	private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final Process driver;

	private final String session;

	/**
	 * Start a browser.
	 * @param log where the output of the driver goes
	 */
	Browser(Path log) {
		int port = freePort();
		try {
			this.driver = new ProcessBuilder(find("chromedriver").orElseThrow().toString(), "--port=" + port)
				.redirectErrorStream(true)
				.redirectOutput(log.toFile())
				.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		String base = "http://127.0.0.1:" + port;
		await().ignoreExceptions()
			.atMost(Duration.ofSeconds(30))
			.until(() -> send("GET", base + "/status", null).path("ready").asBoolean());
		// as root there is no sandbox
		Map<String, ?> options = Map.of("binary", binary().orElseThrow().toString(), "args", List.of("--headless=new",
				"--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1280,1000"));
		this.session = base + "/session/"
				+ send("POST", base + "/session",
						Map.of("capabilities", Map.of("alwaysMatch", Map.of("goog:chromeOptions", options))))
					.path("sessionId")
					.asString();
	}

	/**
	 * Whether there is a Chromium with its driver on the path.
	 * @return whether there is
	 */
	static boolean isAvailable() {
		return find("chromedriver").isPresent() && binary().isPresent();
	}

	private static Optional<Path> binary() {
		return NAMES.stream().flatMap((name) -> find(name).stream()).findFirst();
	}

	private static Optional<Path> find(String name) {
		return Stream.of(System.getenv("PATH").split(":"))
			.map((directory) -> Path.of(directory, name))
			.filter(Files::isExecutable)
			.findFirst();
	}

	private static int freePort() {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	void open(String uri) {
		send("POST", this.session + "/url", Map.of("url", uri));
	}

	/**
	 * Click the button with that accessible name as a user would: once it is enabled, and
	 * if it can be seen.
	 */
	void press(String name) {
		String button = "//button[(@aria-label='%1$s' or normalize-space()='%1$s') and not(@aria-disabled='true')]";
		String found = await().ignoreExceptions().until(() -> element(button.formatted(name)), Objects::nonNull);
		send("POST", found + "/click", Map.of());
	}

	void type(String label, String text) {
		send("POST", element("//input[@id=//label[normalize-space()='%s']/@for]".formatted(label)) + "/value",
				Map.of("text", text));
	}

	private String element(String xpath) {
		JsonNode found = send("POST", this.session + "/element", Map.of("using", "xpath", "value", xpath));
		return this.session + "/element/" + found.values().iterator().next().asString();
	}

	/**
	 * Press a key, whatever has the focus.
	 */
	void key(String key) {
		send("POST", this.session + "/actions", Map.of("actions", List.of(Map.of("type", "key", "id", "keyboard",
				"actions", List.of(Map.of("type", "keyDown", "value", key), Map.of("type", "keyUp", "value", key))))));
	}

	/**
	 * The text that a user sees there.
	 */
	String text(String selector) {
		return run("return document.querySelector(arguments[0]).innerText", selector).asString();
	}

	JsonNode run(String script, Object... arguments) {
		return send("POST", this.session + "/execute/sync", Map.of("script", script, "args", List.of(arguments)));
	}

	void prefer(String colorScheme) {
		command("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colorScheme))));
	}

	void resize(int width, int height) {
		command("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
	}

	private void command(String name, Map<String, ?> parameters) {
		send("POST", this.session + "/goog/cdp/execute", Map.of("cmd", name, "params", parameters));
	}

	byte[] screenshot() {
		return Base64.getDecoder().decode(send("GET", this.session + "/screenshot", null).asString());
	}

	private JsonNode send(String method, String uri, @Nullable Map<String, ?> body) {
		HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
			.timeout(Duration.ofSeconds(60))
			.method(method,
					(body != null) ? BodyPublishers.ofString(json.writeValueAsString(body)) : BodyPublishers.noBody())
			.build();
		try {
			HttpResponse<String> response = this.http.send(request, BodyHandlers.ofString());
			assertThat(response.statusCode()).as(method + " " + body + ": " + response.body()).isEqualTo(200);
			return json.readTree(response.body()).path("value");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() {
		try {
			send("DELETE", this.session, null);
		}
		finally {
			this.driver.destroy();
			this.driver.onExit().orTimeout(10, TimeUnit.SECONDS).join();
		}
	}

}
