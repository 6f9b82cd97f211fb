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

	/**
	 * A change of the clocks in a zone.
	 *
	 * @param zone the zone
	 * @param at when
	 */
	record Change(ZoneId zone, Instant at) {
	}

	static Stream<Change> changes() {
		return Stream.of("Europe/Berlin", "America/New_York").map(ZoneId::of).flatMap((zone) -> {
			ZoneOffsetTransition toSummerTime = toSummerTime(zone);
			return Stream.of(new Change(zone, toSummerTime.getInstant()),
					new Change(zone, toWinterTime(zone).getInstant()));
		});
	}

	private static ZoneOffsetTransition toSummerTime(ZoneId zone) {
		return zone.getRules().nextTransition(Instant.parse("2026-01-01T00:00:00Z"));
	}

	private static ZoneOffsetTransition toWinterTime(ZoneId zone) {
		return zone.getRules().nextTransition(toSummerTime(zone).getInstant());
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
	void mariaDbKnowsNoSummerTime(Change change) throws SQLException {
		try (Connection connection = open(TestServers.mariaDbUrl());
				Statement statement = connection.createStatement()) {
			use(change.zone(), statement);
			for (Instant instant : around(change.at())) {
				statement.execute(
						"SET timestamp = %d.%03d".formatted(instant.getEpochSecond(), instant.getNano() / 1_000_000));
				assertThat(query(statement, "SELECT NOW(3)"))
					.contains(instant.atZone(change.zone()).toLocalTime().toString());
				assertThat(now(statement, JdbcDialect.MYSQL.now())).isEqualTo(instant.toEpochMilli());
			}
		}
	}

	@ParameterizedTest
	@MethodSource("changes")
	void h2KnowsNoSummerTime(Change change) throws SQLException {
		assertKnowsNoSummerTime(TestServers.newH2Url(), JdbcDialect.H2.now(), "CURRENT_TIMESTAMP", change);
	}

	@ParameterizedTest
	@MethodSource("changes")
	void postgreSqlKnowsNoSummerTime(Change change) throws SQLException {
		assertKnowsNoSummerTime(TestServers.postgresUrl(), JdbcDialect.POSTGRESQL.now(), "CLOCK_TIMESTAMP()", change);
	}

	/**
	 * With a literal in the place of the clock, which cannot be set.
	 */
	private static void assertKnowsNoSummerTime(String url, String now, String clock, Change change)
			throws SQLException {
		assertThat(now).containsOnlyOnce(clock);
		try (Connection connection = open(url); Statement statement = connection.createStatement()) {
			statement.execute("SET TIME ZONE '" + change.zone() + "'");
			for (Instant instant : around(change.at())) {
				ZonedDateTime local = instant.atZone(change.zone());
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
	private static void use(ZoneId zone, Statement statement) throws SQLException {
		if (query(statement, "SELECT CONVERT_TZ('2026-01-01', '+00:00', '%s')".formatted(zone)) == null) {
			ZoneOffsetTransition toSummerTime = toSummerTime(zone);
			statement.execute("INSERT INTO mysql.time_zone (Use_leap_seconds) VALUES ('N')");
			String id = query(statement, "SELECT LAST_INSERT_ID()");
			statement.execute("INSERT INTO mysql.time_zone_name VALUES ('%s', %s)".formatted(zone, id));
			statement.execute(
					"INSERT INTO mysql.time_zone_transition_type VALUES (%1$s, 0, %2$d, 0, 'W'), (%1$s, 1, %3$d, 1, 'S')"
						.formatted(id, toSummerTime.getOffsetBefore().getTotalSeconds(),
								toSummerTime.getOffsetAfter().getTotalSeconds()));
			statement
				.execute("INSERT INTO mysql.time_zone_transition VALUES (%1$s, 0, 0), (%1$s, %2$d, 1), (%1$s, %3$d, 0)"
					.formatted(id, toSummerTime.toEpochSecond(), toWinterTime(zone).toEpochSecond()));
		}
		statement.execute("SET time_zone = '" + zone + "'");
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
