package io.github.mcpsession.redis;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.Formats;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.DataType;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.core.RedisCallback;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Keys that earlier releases have written: hashes and sorted sets, with values in Base64
 * since some are binary.
 */
class RedisFormatTests {

	private static final String FILE = "redis.json";

	private static final byte[] KEY = bytes("mcp:session:" + Formats.NAMESPACE + ":{" + Formats.SESSION + "}");

	private static RedisTestConnection redis;

	private static RedisSessionStore store;

	private static RedisEventLog log;

	@BeforeAll
	static void connect() {
		redis = RedisTestConnection.to(Backend.REDIS);
		store = new RedisSessionStore(redis.sessions(), "mcp:session", Formats.NAMESPACE, false);
		log = new RedisEventLog(redis.sessions(), "mcp:session", Formats.NAMESPACE, Formats.LIMITS);
		if (Formats.isWriting()) {
			Formats.write(store, log);
			Formats.write(FILE, dump());
		}
	}

	@AfterAll
	static void disconnect() {
		store.delete(Formats.SESSION);
		redis.close();
	}

	static Stream<Path> releases() throws Exception {
		return Formats.releases();
	}

	@ParameterizedTest
	@MethodSource("releases")
	void keysAreRead(Path release) {
		restore(Formats.read(release, FILE));
		Formats.check(store, log);
		assertThat(store.delete(Formats.SESSION)).isTrue();
		assertThat(redis.template().keys("mcp:session:" + Formats.NAMESPACE + ":*")).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("releases")
	void whatANewerReleaseAddedSurvivesAChange(Path release) {
		restore(Formats.read(release, FILE));
		run((connection) -> {
			byte[] data = connection.hashCommands().hGet(KEY, bytes("data"));
			connection.hashCommands().hSet(KEY, bytes("data"), bytes(Formats.newer(text(data))));
			return connection.hashCommands().hSet(KEY, bytes("newer"), bytes("x"));
		});
		Formats.check(store, log);
		run((connection) -> {
			assertThat(text(connection.hashCommands().hGet(KEY, bytes("data")))).contains("\"newer\":{\"x\":[1]}");
			assertThat(text(connection.hashCommands().hGet(KEY, bytes("newer")))).isEqualTo("x");
			return null;
		});
	}

	private static <T> T run(RedisCallback<T> callback) {
		return redis.template().execute(callback);
	}

	private static String dump() {
		Map<String, Map<String, Object>> keys = new TreeMap<>();
		run((connection) -> {
			for (byte[] key : connection.keyCommands().keys(bytes(text(KEY) + "*"))) {
				keys.put(text(key), (connection.keyCommands().type(key) == DataType.HASH) ? hash(connection, key)
						: sortedSet(connection, key));
			}
			return null;
		});
		return JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValueAsString(keys);
	}

	private static Map<String, Object> hash(RedisConnection connection, byte[] key) {
		Map<String, Object> fields = new TreeMap<>();
		connection.hashCommands()
			.hGetAll(key)
			.forEach((field, value) -> fields.put(text(field), Base64.getEncoder().encodeToString(value)));
		return fields;
	}

	private static Map<String, Object> sortedSet(RedisConnection connection, byte[] key) {
		Map<String, Object> members = new TreeMap<>();
		connection.zSetCommands()
			.zRangeWithScores(key, 0, -1)
			.forEach((member) -> members.put(text(member.getValue()), member.getScore()));
		return members;
	}

	private static void restore(String dump) {
		JsonNode keys = new JsonMapper().readTree(dump);
		run((connection) -> {
			keys.properties().forEach((key) -> {
				connection.keyCommands().del(bytes(key.getKey()));
				key.getValue().properties().forEach((element) -> {
					if (element.getValue().isNumber()) {
						connection.zSetCommands()
							.zAdd(bytes(key.getKey()), element.getValue().doubleValue(), bytes(element.getKey()));
					}
					else {
						connection.hashCommands()
							.hSet(bytes(key.getKey()), bytes(element.getKey()),
									Base64.getDecoder().decode(element.getValue().asString()));
					}
				});
				connection.keyCommands().pExpire(bytes(key.getKey()), Duration.ofMinutes(5).toMillis());
			});
			return null;
		});
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(byte[] bytes) {
		return new String(bytes, StandardCharsets.UTF_8);
	}

}
