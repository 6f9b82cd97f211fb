package io.github.mcpsession.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The Redis user that the documentation tells to create.
 */
public final class RestrictedRedisUser {

	public static final String NAME = "mcp";

	public static final String PASSWORD = "secret";

	private static final Path DOCUMENTATION = Path.of("..", "docs", "redis.md");

	private RestrictedRedisUser() {
	}

	/**
	 * Create the user on a server.
	 * @return the port of the server
	 */
	public static int create(int port) {
		RedisProcess.command(port, line());
		return port;
	}

	/**
	 * Create the user on a node of a Redis Cluster.
	 */
	public static void createInCluster(int port) {
		create(port);
		RedisProcess.command(port, line("ACL SETUSER " + NAME + " +"));
	}

	public static List<String> properties(int port) {
		create(port);
		return List.of("mcp.session.store=redis", "spring.data.redis.port=" + port,
				"spring.data.redis.username=" + NAME, "spring.data.redis.password=" + PASSWORD);
	}

	/**
	 * The commands that the user may send.
	 */
	public static List<String> commands() {
		return Arrays.stream(line().split(" "))
			.filter((word) -> word.startsWith("+"))
			.map((word) -> word.substring(1))
			.toList();
	}

	private static String line() {
		return line("ACL SETUSER " + NAME + " reset ");
	}

	private static String line(String beginning) {
		try {
			return Files.readAllLines(DOCUMENTATION)
				.stream()
				.filter((line) -> line.startsWith(beginning))
				.findFirst()
				.orElseThrow();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
