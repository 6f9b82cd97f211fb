package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;

import io.github.mcpsession.testing.Backend;

/**
 * By what the storage engine was asked for: rows, and keys that were compared.
 */
class MariaDbStatementPlansTests extends StatementPlansContract {

	MariaDbStatementPlansTests() {
		super(Backend.MARIADB);
	}

	@Override
	protected Cost execute(Connection connection, String sql, List<Object> parameters) throws SQLException {
		boolean autoCommit = connection.getAutoCommit();
		connection.setAutoCommit(false);
		Savepoint before = connection.setSavepoint();
		try {
			long start = read(connection);
			try (PreparedStatement statement = prepare(connection, sql, parameters)) {
				statement.execute();
			}
			long rows = read(connection) - start;
			return new Cost(rows, explain(connection, sql, parameters));
		}
		finally {
			connection.rollback(before);
			connection.setAutoCommit(autoCommit);
		}
	}

	private static long read(Connection connection) throws SQLException {
		long sum = 0;
		try (PreparedStatement statement = connection.prepareStatement("SHOW SESSION STATUS WHERE VARIABLE_NAME"
				+ " LIKE 'Handler_read%' OR VARIABLE_NAME = 'Handler_icp_attempts'");
				ResultSet counters = statement.executeQuery()) {
			while (counters.next()) {
				sum += counters.getLong(2);
			}
		}
		return sum;
	}

	private static String explain(Connection connection, String sql, List<Object> parameters) throws SQLException {
		try (PreparedStatement statement = prepare(connection, "EXPLAIN FORMAT=JSON " + sql, parameters);
				ResultSet plan = statement.executeQuery()) {
			plan.next();
			return plan.getString(1);
		}
	}

	private static PreparedStatement prepare(Connection connection, String sql, List<Object> parameters)
			throws SQLException {
		PreparedStatement statement = connection.prepareStatement(sql);
		for (int i = 0; i < parameters.size(); i++) {
			statement.setObject(i + 1, parameters.get(i));
		}
		return statement;
	}

	@Override
	protected String numbers(int count) {
		return "JSON_TABLE(CONCAT('[0', REPEAT(',0', " + count + " - 1), ']'), '$[*]' COLUMNS (I FOR ORDINALITY)) N";
	}

	@Override
	protected String analyze(String table) {
		return "ANALYZE TABLE " + table;
	}

}
