package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The clock of a database is right in any time zone of its connections, and knows no
 * summer time.
 */
class DialectClockTests {

	private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

	private static final ZoneOffsetTransition TO_SUMMER_TIME = BERLIN.getRules()
		.nextTransition(Instant.parse("2026-01-01T00:00:00Z"));

	private static final ZoneOffsetTransition TO_WINTER_TIME = BERLIN.getRules()
		.nextTransition(TO_SUMMER_TIME.getInstant());

	static Stream<Instant> changes() {
		return Stream.of(TO_SUMMER_TIME.getInstant(), TO_WINTER_TIME.getInstant());
	}

	/**
	 * Every 20 s, with some milliseconds, from two hours before a change of the clocks to
	 * two hours after.
	 */
	private static List<Instant> around(Instant change) {
		return LongStream.rangeClosed(-360, 360).mapToObj((i) -> change.plusSeconds(20 * i).plusMillis(123)).toList();
	}

	@ParameterizedTest
	@MethodSource("changes")
	void mariaDbKnowsNoSummerTime(Instant change) throws SQLException {
		try (Connection connection = open(TestServers.mariaDbUrl());
				Statement statement = connection.createStatement()) {
			useBerlin(statement);
			for (Instant instant : around(change)) {
				statement.execute(
						"SET timestamp = %d.%03d".formatted(instant.getEpochSecond(), instant.getNano() / 1_000_000));
				assertThat(query(statement, "SELECT NOW(3)")).contains(instant.atZone(BERLIN).toLocalTime().toString());
				assertThat(now(statement, JdbcDialect.MYSQL.now())).isEqualTo(instant.toEpochMilli());
			}
		}
	}

	@ParameterizedTest
	@MethodSource("changes")
	void h2KnowsNoSummerTime(Instant change) throws SQLException {
		assertKnowsNoSummerTime(TestServers.newH2Url(), "SET TIME ZONE 'Europe/Berlin'", JdbcDialect.H2.now(),
				"CURRENT_TIMESTAMP", change);
	}

	@ParameterizedTest
	@MethodSource("changes")
	void postgreSqlKnowsNoSummerTime(Instant change) throws SQLException {
		assertKnowsNoSummerTime(TestServers.postgresUrl(), "SET TIME ZONE 'Europe/Berlin'",
				JdbcDialect.POSTGRESQL.now(), "CLOCK_TIMESTAMP()", change);
	}

	/**
	 * With a literal in the place of the clock, which cannot be set.
	 */
	private static void assertKnowsNoSummerTime(String url, String zone, String now, String clock, Instant change)
			throws SQLException {
		assertThat(now).containsOnlyOnce(clock);
		try (Connection connection = open(url); Statement statement = connection.createStatement()) {
			statement.execute(zone);
			for (Instant instant : around(change)) {
				ZonedDateTime local = instant.atZone(BERLIN);
				String literal = "TIMESTAMP WITH TIME ZONE '%s %s%s'".formatted(local.toLocalDate(),
						local.toLocalTime(), local.getOffset());
				assertThat(now(statement, now.replace(clock, literal))).isEqualTo(instant.toEpochMilli());
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland" })
	void h2IsRightInAnyZone(String zone) throws SQLException {
		assertIsRight(TestServers.newH2Url(), "SET TIME ZONE '" + zone + "'", JdbcDialect.H2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland" })
	void postgreSqlIsRightInAnyZone(String zone) throws SQLException {
		assertIsRight(TestServers.postgresUrl(), "SET TIME ZONE '" + zone + "'", JdbcDialect.POSTGRESQL);
	}

	@ParameterizedTest
	@ValueSource(strings = { "+00:00", "-05:00", "+05:45", "+13:00" })
	void mariaDbIsRightInAnyZone(String offset) throws SQLException {
		assertIsRight(TestServers.mariaDbUrl(), "SET time_zone = '" + offset + "'", JdbcDialect.MYSQL);
	}

	private static void assertIsRight(String url, String zone, JdbcDialect dialect) throws SQLException {
		try (Connection connection = open(url); Statement statement = connection.createStatement()) {
			statement.execute(zone);
			long before = System.currentTimeMillis();
			long now = now(statement, dialect.now());
			assertThat(now).isBetween(before - 1000, System.currentTimeMillis() + 1000);
			assertThat(now(statement, dialect.fixedNow())).isBetween(now, now + Duration.ofMinutes(1).toMillis());
		}
	}

	/**
	 * As mariadb-tzinfo-to-sql does, which may not have been run on this server.
	 */
	private static void useBerlin(Statement statement) throws SQLException {
		if (query(statement, "SELECT CONVERT_TZ('2026-01-01', '+00:00', 'Europe/Berlin')") == null) {
			statement.execute("INSERT INTO mysql.time_zone (Use_leap_seconds) VALUES ('N')");
			String id = query(statement, "SELECT LAST_INSERT_ID()");
			statement.execute("INSERT INTO mysql.time_zone_name VALUES ('Europe/Berlin', " + id + ")");
			statement.execute(
					"INSERT INTO mysql.time_zone_transition_type VALUES (%1$s, 0, 3600, 0, 'CET'), (%1$s, 1, 7200, 1, 'CEST')"
						.formatted(id));
			statement
				.execute("INSERT INTO mysql.time_zone_transition VALUES (%1$s, 0, 0), (%1$s, %2$d, 1), (%1$s, %3$d, 0)"
					.formatted(id, TO_SUMMER_TIME.toEpochSecond(), TO_WINTER_TIME.toEpochSecond()));
		}
		statement.execute("SET time_zone = 'Europe/Berlin'");
	}

	private static Connection open(String url) throws SQLException {
		return DriverManager.getConnection(url);
	}

	private static long now(Statement statement, String expression) throws SQLException {
		return Long.parseLong(query(statement, "SELECT " + expression));
	}

	private static String query(Statement statement, String sql) throws SQLException {
		try (ResultSet result = statement.executeQuery(sql)) {
			result.next();
			return result.getString(1);
		}
	}

}
