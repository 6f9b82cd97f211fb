package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import io.github.mcpsession.testing.Backend;

/**
 * By its own account.
 */
class H2StatementPlansTests extends StatementPlansContract {

	private static final Pattern ROWS = Pattern.compile("scanCount: (\\d+)");

	H2StatementPlansTests() {
		super(Backend.H2);
	}

	@Override
	protected Cost execute(Connection connection, String sql, List<Object> parameters) throws SQLException {
		boolean autoCommit = connection.getAutoCommit();
		connection.setAutoCommit(false);
		Savepoint before = connection.setSavepoint();
		try (PreparedStatement statement = connection.prepareStatement("EXPLAIN ANALYZE " + sql)) {
			for (int i = 0; i < parameters.size(); i++) {
				statement.setObject(i + 1, parameters.get(i));
			}
			try (ResultSet result = statement.executeQuery()) {
				result.next();
				String plan = result.getString(1);
				long rows = ROWS.matcher(plan)
					.results()
					.map((MatchResult match) -> match.group(1))
					.mapToLong(Long::parseLong)
					.sum();
				return new Cost(rows, plan);
			}
		}
		finally {
			connection.rollback(before);
			connection.setAutoCommit(autoCommit);
		}
	}

	@Override
	protected String numbers(int count) {
		return "(SELECT X AS I FROM SYSTEM_RANGE(1, " + count + ")) N";
	}

	@Override
	protected String analyze(String table) {
		return "ANALYZE TABLE " + table;
	}

}
