package io.github.mcpsession.testing;

import java.time.ZoneId;
import java.util.List;
import java.util.stream.Stream;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * Where sessions are kept: real servers of {@link TestServers}, and ways to use them.
 */
public enum Backend {

	H2,

	POSTGRESQL,

	/**
	 * With a pool of which the default is not that of PostgreSQL.
	 */
	POSTGRESQL_REPEATABLE_READ,

	MARIADB,

	/**
	 * With a pool of which the default is not that of MariaDB.
	 */
	MARIADB_READ_COMMITTED,

	REDIS,

	/**
	 * For an application that talks to Redis by Jedis, which sessions then share.
	 */
	REDIS_JEDIS,

	/**
	 * As a Redis user that may do only what the documentation says.
	 */
	REDIS_RESTRICTED,

	/**
	 * A Redis Cluster of three masters.
	 */
	REDIS_CLUSTER;

	/**
	 * The properties of an application.
	 */
	public List<String> properties() {
		return switch (this) {
			case REDIS -> TestServers.redisProperties();
			case REDIS_JEDIS ->
				Stream.concat(REDIS.properties().stream(), Stream.of("spring.data.redis.client-type=jedis")).toList();
			case REDIS_RESTRICTED -> RestrictedRedisUser.properties(TestServers.redisPort());
			case REDIS_CLUSTER -> RedisClusterServers.shared().properties();
			default -> TestServers.jdbcProperties(url());
		};
	}

	/**
	 * The URL of the database; one of its own each time for H2.
	 */
	public String url() {
		return switch (this) {
			case H2 -> TestServers.newH2Url();
			case POSTGRESQL, POSTGRESQL_REPEATABLE_READ -> TestServers.postgresUrl();
			case MARIADB, MARIADB_READ_COMMITTED -> TestServers.mariaDbUrl();
			default -> throw new IllegalStateException(this + " is no database");
		};
	}

	/**
	 * The isolation level of connections to the database; {@code null} for its default.
	 */
	public String isolation() {
		return switch (this) {
			case POSTGRESQL_REPEATABLE_READ -> "TRANSACTION_REPEATABLE_READ";
			case MARIADB_READ_COMMITTED -> "TRANSACTION_READ_COMMITTED";
			default -> null;
		};
	}

	/**
	 * The time zone of a node and of its connections to the database where a contract
	 * runs on it; {@code null} for that of this machine.
	 */
	public ZoneId zone() {
		return switch (this) {
			case H2, POSTGRESQL_REPEATABLE_READ, MARIADB -> ZoneId.of("America/New_York");
			default -> null;
		};
	}

	/**
	 * How often the id of a session occurs in the store of an application, as seen
	 * without our code.
	 */
	public long occurrences(String sessionId) {
		return switch (this) {
			case REDIS -> RedisKeyspace.keys("*" + sessionId + "*").size();
			case POSTGRESQL,
					MARIADB ->
				JdbcClient.create(new DriverManagerDataSource(url()))
					.sql("SELECT COUNT(*) FROM MCP_SESSION WHERE SESSION_ID = ?")
					.param(sessionId)
					.query(Long.class)
					.single();
			default -> throw new IllegalStateException("Nobody looks into " + this);
		};
	}

	/**
	 * Whether to run the tests on this backend: {@code -Dbackend=REDIS} runs those that
	 * know backends on one of them only.
	 */
	boolean isWanted() {
		String wanted = System.getProperty("backend", "");
		return wanted.isBlank() || Stream.of(wanted.split(",")).map(Backend::valueOf).anyMatch(this::equals);
	}

}
