package io.github.mcpsession.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What releases have written, one directory for each of them: read by every later one.
 * {@code -Dformats.write=true} writes it anew for this release, to be done once before
 * it; a change to a file of a release that is out is a break.
 */
public final class Formats {

	public static final Duration LONG = Duration.ofDays(36_500);

	public static final StreamLimits LIMITS = new StreamLimits(100, 100_000, LONG);

	public static final String NAMESPACE = "formats";

	public static final String SESSION = "format-session";

	private static final Path ROOT = Path.of("src/test/resources/formats");

	private static final String THIS_RELEASE = "0.1";

	private static final String OWNER = "0123456789abcdef";

	private static final String RESPONSE = "{\"jsonrpc\":\"2.0\",\"id\":8,\"result\":{\"text\":\"ü€😀\"}}";

	private static final String NOTIFICATION = "{\"jsonrpc\":\"2.0\",\"method\":\"n\",\"params\":{\"a\":\"'\\\"\"}}";

	private Formats() {
	}

	public static Stream<Path> releases() throws IOException {
		try (Stream<Path> releases = Files.list(ROOT)) {
			return releases.sorted().toList().stream();
		}
	}

	public static boolean isWriting() {
		return Boolean.getBoolean("formats.write");
	}

	public static void write(String file, String text) {
		try {
			Files.createDirectories(ROOT.resolve(THIS_RELEASE));
			Files.writeString(ROOT.resolve(THIS_RELEASE).resolve(file), text + "\n");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public static String read(Path release, String file) {
		try {
			return Files.readString(release.resolve(file)).strip();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public static SessionRecord session() {
		McpSchema.ClientCapabilities capabilities = McpSchema.ClientCapabilities.builder()
			.elicitation()
			.sampling()
			.roots(true)
			.experimental(Map.of("x", Map.of("y", 1)))
			.build();
		return SessionRecord
			.create(SESSION,
					new McpSchema.InitializeRequest("2025-11-25", capabilities,
							new McpSchema.Implementation("client", "1.2.3")),
					"2025-06-18", "alice ü€😀")
			.withLoggingLevel(LoggingLevel.WARNING)
			.withListener(OWNER + "/l1")
			.withSubscription("test://a", true)
			.withAttribute("k", "{\"x\":[1,null,\"ü€😀\"]}");
	}

	/**
	 * Write the session with three streams: of a call that runs, of one that has ended,
	 * and a listening one.
	 */
	public static void write(SessionStore store, EventLog log) {
		store.delete(SESSION);
		assertThat(store.create(session(), LONG)).isTrue();
		log.write(SESSION, StreamWrite.toCall("c1", OWNER, "\"id 7\"", 1, NOTIFICATION, false));
		log.write(SESSION, StreamWrite.toCall("c1", OWNER, "\"id 7\"", 3, NOTIFICATION, false));
		log.setReader(SESSION, "c1", "fedcba9876543210/r1");
		log.write(SESSION, StreamWrite.toCall("c2", OWNER, "8", 1, NOTIFICATION, false));
		log.write(SESSION, StreamWrite.toCall("c2", OWNER, "8", 2, RESPONSE, true));
		log.write(SESSION, StreamWrite.toListener("l1", 0, NOTIFICATION, true));
		log.write(SESSION, StreamWrite.toListener("l1", 2, NOTIFICATION, false));
		log.delivered(SESSION, "l1", 1, 1_795_000_000_000L);
	}

	/**
	 * Expect what was written, and that it can be gone on with.
	 */
	public static void check(SessionStore store, EventLog log) {
		SessionRecord stored = store.find(SESSION).orElseThrow();
		assertThat(stored).usingRecursiveComparison()
			.ignoringFields("version", "createdAt", "lastAccessedAt", "unknown")
			.isEqualTo(session());
		assertThat(stored.createdAt()).isEqualTo(stored.lastAccessedAt())
			.isAfter(Instant.ofEpochMilli(1_700_000_000_000L));
		assertThat(log.read(SESSION, "c1", 0, 10))
			.contains(new Replay(new StreamState(OWNER, "\"id 7\"", 3, false, "fedcba9876543210/r1", 0, 0),
					List.of(new LoggedEvent(1, NOTIFICATION), new LoggedEvent(3, NOTIFICATION))));
		assertThat(log.read(SESSION, "c2", 0, 10)).contains(new Replay(new StreamState(OWNER, "8", 2, true, null, 0, 0),
				List.of(new LoggedEvent(1, NOTIFICATION), new LoggedEvent(2, RESPONSE))));
		assertThat(log.read(SESSION, "l1", 0, 10))
			.contains(new Replay(new StreamState(null, null, 4, false, null, 1, 1_795_000_000_000L),
					List.of(new LoggedEvent(1, NOTIFICATION), new LoggedEvent(4, NOTIFICATION))));
		assertThat(log.write(SESSION, StreamWrite.toCall("c1", OWNER, "\"id 7\"", 4, RESPONSE, true)).written())
			.isTrue();
		assertThat(log.write(SESSION, StreamWrite.toCall("c2", OWNER, "8", 3, RESPONSE, true)).written()).isFalse();
		assertThat(log.write(SESSION, StreamWrite.toListener("l1", 0, NOTIFICATION, false)).last()).isEqualTo(5);
		assertThat(store.replace(stored.withSubscription("test://b", true))).isTrue();
		assertThat(store.find(SESSION).orElseThrow().subscriptions()).isEqualTo(Set.of("test://a", "test://b"));
		assertThat(store.touch(SESSION, LONG)).isTrue();
		assertThat(log.read(SESSION, "c1", 3, 10).orElseThrow().events()).containsExactly(new LoggedEvent(4, RESPONSE));
	}

	/**
	 * A record as a newer release would write it.
	 */
	public static String newer(String json) {
		return "{\"newer\":{\"x\":[1]}," + json.substring(1);
	}

}
