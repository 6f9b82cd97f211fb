package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.github.mcpsession.testing.Backend;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * By its own account, with plans that it makes for given parameters and with such that it
 * makes for any. It does not count the entries of an index that are passed over, only the
 * blocks that they are in, and not by plan what is done for foreign keys.
 */
class PostgreSqlStatementPlansTests extends StatementPlansContract {

	private static final Pattern PARAMETER = Pattern.compile("\\?");

	/**
	 * From the root of an index to a row of its table, and as much again.
	 */
	private static final int BLOCKS_PER_ROW = 10;

	private static final int BLOCKS_OF_ANY_STATEMENT = 100;

	private final JsonMapper json = new JsonMapper();

	PostgreSqlStatementPlansTests() {
		super(Backend.POSTGRESQL);
	}

	@Override
	protected Cost execute(Connection connection, String sql, List<Object> parameters) throws SQLException {
		boolean autoCommit = connection.getAutoCommit();
		connection.setAutoCommit(false);
		Savepoint before = connection.setSavepoint();
		try {
			Cost custom = explain(connection, "force_custom_plan", sql, parameters);
			connection.rollback(before);
			Cost generic = explain(connection, "force_generic_plan", sql, parameters);
			return (custom.rows() >= generic.rows()) ? custom : generic;
		}
		finally {
			connection.rollback(before);
			connection.setAutoCommit(autoCommit);
		}
	}

	private Cost explain(Connection connection, String mode, String sql, List<Object> parameters) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("SET LOCAL plan_cache_mode = " + mode);
			statement.execute("DEALLOCATE ALL");
			String types = parameters.stream()
				.map(PostgreSqlStatementPlansTests::type)
				.collect(Collectors.joining(","));
			String values = parameters.stream()
				.map(PostgreSqlStatementPlansTests::literal)
				.collect(Collectors.joining(","));
			statement.execute("PREPARE explained" + inBrackets(types) + " AS " + numbered(sql));
			long before = read(statement);
			String plan = query(statement,
					"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE explained" + inBrackets(values));
			long rows = read(statement) - before;
			JsonNode root = this.json.readTree(plan).get(0).get("Plan");
			long blocks = root.path("Shared Hit Blocks").asLong() + root.path("Shared Read Blocks").asLong();
			long inPlan = rows(root);
			boolean tooManyBlocks = blocks > BLOCKS_OF_ANY_STATEMENT + BLOCKS_PER_ROW * inPlan;
			return new Cost(tooManyBlocks ? blocks * BLOCKS_PER_ROW : Math.max(rows, inPlan), mode + ": " + plan);
		}
	}

	private static long rows(JsonNode plan) {
		double rows = (plan.path("Actual Rows").asDouble() + plan.path("Rows Removed by Filter").asDouble()
				+ plan.path("Rows Removed by Join Filter").asDouble()
				+ plan.path("Rows Removed by Index Recheck").asDouble()) * plan.path("Actual Loops").asDouble();
		long most = Math.round(rows);
		for (JsonNode child : plan.path("Plans")) {
			most = Math.max(most, rows(child));
		}
		return most;
	}

	/**
	 * Rows that were read of our tables so far, for foreign keys too.
	 */
	private static long read(Statement statement) throws SQLException {
		return Long.parseLong(query(statement, """
				SELECT COALESCE(SUM(COALESCE(seq_tup_read, 0) + COALESCE(idx_tup_fetch, 0)), 0)
				FROM pg_stat_xact_user_tables WHERE relname LIKE 'plans%'"""));
	}

	private static String query(Statement statement, String sql) throws SQLException {
		try (ResultSet result = statement.executeQuery(sql)) {
			result.next();
			return result.getString(1);
		}
	}

	private static String numbered(String sql) {
		int[] number = new int[1];
		return PARAMETER.matcher(sql).replaceAll((match) -> Matcher.quoteReplacement("$" + ++number[0]));
	}

	private static String inBrackets(String list) {
		return list.isEmpty() ? "" : "(" + list + ")";
	}

	/**
	 * As the driver has it.
	 */
	private static String type(Object parameter) {
		if (parameter == null) {
			return "unknown";
		}
		if (parameter instanceof Long) {
			return "bigint";
		}
		if (parameter instanceof Integer) {
			return "integer";
		}
		return (parameter instanceof Boolean) ? "boolean" : "varchar";
	}

	private static String literal(Object parameter) {
		return (parameter instanceof String text) ? "'" + text.replace("'", "''") + "'" : String.valueOf(parameter);
	}

	@Override
	protected String numbers(int count) {
		return "GENERATE_SERIES(1, " + count + ") N(I)";
	}

	@Override
	protected int streamsPerSession() {
		return 10;
	}

	@Override
	protected String analyze(String table) {
		return "ANALYZE " + table;
	}

}
