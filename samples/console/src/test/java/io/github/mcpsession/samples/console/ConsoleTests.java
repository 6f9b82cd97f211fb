package io.github.mcpsession.samples.console;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The page in a real browser: every button, and what is seen then. In order, since nodes
 * are slow to start.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ConsoleTests {

	private static final Path DIRECTORY = Path.of("target", "console-test");

	private static final String MANAGED = "#managed ";

	private static final String PLAIN = "#plain ";

	private static final String TAB = "\uE004";

	private static Console console;

	private static Browser browser;

	private static String session;

	@BeforeAll
	static void start() throws IOException {
		if (!Browser.isAvailable()) {
			System.out
				.println("SKIPPED: the page is not tested, as there is no chromium with chromedriver on the path");
		}
		assumeTrue(Browser.isAvailable(), "no chromium with chromedriver on the path");
		console = new Console(0, DIRECTORY);
		browser = new Browser(DIRECTORY.resolve("chromedriver.log"));
		browser.resize(1280, 1000);
		browser.open(console.uri());
	}

	@AfterAll
	static void stop() {
		if (browser != null) {
			browser.close();
		}
		if (console != null) {
			console.close();
			assertThat(ProcessHandle.current().descendants()).as("processes left").isEmpty();
		}
	}

	@Test
	@Order(1)
	void theSameTrafficHoldsOnOneSideAndFailsOnTheOther() {
		see(MANAGED + ".verdict", "✓ Session [0-9a-f]{8} goes on.*", 90);
		await().untilAsserted(() -> assertThat(number(MANAGED + ".counted")).isGreaterThan(4));
		see(PLAIN + ".verdict", "✗ Session lost .* the next node answered 404", 10);
		assertThat(number(PLAIN + ".lost")).isPositive();
		assertThat(number(PLAIN + ".counted")).isLessThan(3);
		assertThat(number(MANAGED + ".lost")).isZero();
		assertThat(browser.text(MANAGED + ".log")).contains("POST tools/call count", "200").doesNotContain("404");
		assertThat(browser.text(PLAIN + ".log")).contains("✗ 404");
		see(MANAGED + ".sessions", "[0-9a-f]{8} listens to [ABC]", 10);
		session = browser.text(MANAGED + ".sessions code");
	}

	@Test
	@Order(2)
	void aToolIsCalled() {
		browser.press("Call a tool");
		see(MANAGED + ".story", "[ABC] counted call \\d+ of session [0-9a-f]{8}", 10);
	}

	@Test
	@Order(3)
	void aLongCallIsResumedOnAnotherNode() {
		browser.press("Long call, connection cut");
		see(MANAGED + ".story", "([ABC]) sent step 1 to 3 of 10\\sThe connection is cut.*\\s"
				+ "(?!\\1)([ABC]) sent step 4 to 10 of 10\\s\\2 sent the result: The report is ready\\.", 20);
		see(PLAIN + ".story", "(?s).*sent step 1 to 3 of 10\\sThe connection is cut.*\\s[DE] 404 session not found",
				20);
	}

	@Test
	@Order(4)
	void aChangeIsAnnouncedByTheNodeThatTheClientListensTo() {
		browser.press("Change a resource");
		see(MANAGED + ".story", "[ABC] changed the resource\\s[ABC] notified the client on its listening stream", 10);
		see(PLAIN + ".story", "(?s).*✗ No notification.*", 10);
	}

	@Test
	@Order(5)
	void sessionsSurviveAKilledNode() {
		browser.press("Kill node A");
		see(MANAGED + ".nodes", "(?s).*dead, out of the rotation.*", 10);
		goesOn();
	}

	@Test
	@Order(6)
	void anElicitationIsAnsweredThroughAnotherNode() {
		browser.press("Let a tool ask you");
		await().until(() -> browser.run("return !document.getElementById('question').hidden").asBoolean());
		browser.type("What is your name?", "Ada");
		browser.press("Reply");
		see(MANAGED + ".story",
				"([ABC]) asks: What is your name\\?\\s(?!\\1)[ABC] got your reply\\s\\1 said: Hello, Ada!", 10);
		see(PLAIN + ".story", "(?s).*([DE]) asks: What is your name\\?\\s(?!\\1)[DE] 404 session not found", 10);
		screenshots();
		browser.press("Start node A");
	}

	@Test
	@Order(7)
	void sessionsSurviveAFrozenNode() {
		browser.press("Freeze node B");
		see(MANAGED + ".nodes", "(?s).*frozen, out of the rotation.*", 10);
		goesOn();
		browser.press("Continue node B");
		see(MANAGED + ".nodes", "(?s).*\\sB\\sup, holds.*", 10);
		goesOn();
	}

	@Test
	@Order(8)
	void stickySessionsEndWithTheirNode() {
		browser.press("Sticky sessions");
		see(PLAIN + ".verdict", "✓ Session [0-9a-f]{8} goes on", 10);
		await().untilAsserted(() -> assertThat(number(PLAIN + ".counted")).isGreaterThan(3));
		browser.press("Kill node " + browser.text(PLAIN + ".log .badge"));
		see(PLAIN + ".verdict", "✗ Session lost once: the next node answered 404", 10);
		see(PLAIN + ".counted", "[12]", 10);
		goesOn();
	}

	@Test
	@Order(9)
	void aSessionEndsOnAllNodes() {
		see(MANAGED + ".nodes", "(?s)A\\sup.*\\sB\\sup.*\\sC\\sup.*", 60);
		browser.press("End the session");
		see(MANAGED + ".story", "[ABC] ended the session(\\s[ABC] does not know it any more){3}", 10);
	}

	@Test
	@Order(10)
	void aKeyboardIsEnough() {
		// the focus is where the last click was
		browser.key(TAB);
		assertThat(browser.run("return document.activeElement.id").asString()).isEqualTo("traffic");
		assertThat(browser.run("return getComputedStyle(document.activeElement).outlineStyle").asString())
			.isEqualTo("solid");
		browser.key(" ");
		assertThat(browser.run("return document.activeElement.ariaPressed").asString()).isEqualTo("false");
		browser.key(" ");
		assertThat(browser.run("return document.activeElement.ariaPressed").asString()).isEqualTo("true");
	}

	@Test
	@Order(11)
	void aPhoneIsWideEnough() {
		browser.resize(375, 800);
		assertThat(browser.run("return document.documentElement.scrollWidth").asInt()).isEqualTo(375);
		browser.resize(1280, 1000);
	}

	@Test
	@Order(13)
	void buttonsWorkFromThePageOnly() throws Exception {
		assertThat(post(console.uri() + "nodes/C/kill", "http://localhost:1")).isEqualTo(403);
		assertThat(post(console.uri() + "nodes/C/kill", null)).isEqualTo(403);
		assertThat(browser.text(MANAGED + ".nodes")).doesNotContain("dead");
		String mcp = browser.run(
				"return performance.getEntriesByType('resource').map(({name}) => name).find((name) => name.endsWith('mcp'))")
			.asString();
		assertThat(post(mcp, "http://localhost:1")).isEqualTo(403);
		assertThat(post(mcp, null)).as("a client that is no browser").isEqualTo(400);
	}

	@Test
	@Order(12)
	void aNameOfAnotherSiteIsRefused() throws IOException {
		URI page = URI.create(console.uri());
		try (Socket socket = new Socket(page.getHost(), page.getPort())) {
			String host = "rebound.example:" + page.getPort();
			socket.getOutputStream()
				.write("POST /nodes/C/kill HTTP/1.1\r\nHost: %1$s\r\nOrigin: http://%1$s\r\nContent-Length: 0\r\n\r\n"
					.formatted(host)
					.getBytes(StandardCharsets.US_ASCII));
			assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
				.isEqualTo("HTTP/1.1 421");
		}
	}

	private static int post(String uri, @Nullable String origin) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(uri)).POST(BodyPublishers.noBody());
		if (origin != null) {
			request.header("Origin", origin);
		}
		return HttpClient.newHttpClient().send(request.build(), BodyHandlers.discarding()).statusCode();
	}

	/**
	 * Calls are counted in the session that there was from the beginning.
	 */
	private static void goesOn() {
		int count = number(MANAGED + ".counted");
		await().untilAsserted(() -> assertThat(number(MANAGED + ".counted")).isGreaterThan(count + 3));
		assertThat(number(MANAGED + ".lost")).isZero();
		see(MANAGED + ".verdict", "✓ Session " + session + " goes on.*", 10);
	}

	private static int number(String selector) {
		return Integer.parseInt(browser.text(selector));
	}

	private static void see(String selector, String pattern, int seconds) {
		await().atMost(Duration.ofSeconds(seconds))
			.untilAsserted(() -> assertThat(browser.text(selector)).matches(pattern));
	}

	private static void screenshots() {
		String directory = System.getProperty("console.screenshots", "");
		if (!directory.isEmpty()) {
			screenshot(Path.of(directory, "console-light.png"), "light", 1280);
			screenshot(Path.of(directory, "console-dark.png"), "dark", 1280);
			screenshot(Path.of(directory, "console-phone.png"), "light", 375);
			browser.prefer("light");
			browser.resize(1280, 1000);
		}
	}

	private static void screenshot(Path file, String colorScheme, int width) {
		browser.prefer(colorScheme);
		browser.resize(width, 400);
		browser.resize(width, browser.run("return document.documentElement.scrollHeight").asInt());
		try {
			Files.createDirectories(file.toAbsolutePath().getParent());
			Files.write(file, browser.screenshot());
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

}
