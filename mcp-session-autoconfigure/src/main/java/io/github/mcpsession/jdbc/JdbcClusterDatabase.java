package io.github.mcpsession.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

import javax.sql.DataSource;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.Assert;

/**
 * How the tables of {@link JdbcClusterChannel} are read and changed: in short
 * transactions, in the thread of the caller.
 */
final class JdbcClusterDatabase {

	private static final int ATTEMPTS = 3;

	private final JdbcClient jdbc;

	private final TransactionOperations transaction;

	private final TransactionOperations reading;

	private final JdbcDialect dialect;

	private final JdbcClusterSql sql;

	JdbcClusterDatabase(DataSource dataSource, String tablePrefix, Duration statementTimeout) {
		Assert.isTrue(tablePrefix.matches("[A-Za-z0-9_]*"), "The table prefix may have letters, digits and '_' only");
		JdbcTemplate template = new JdbcTemplate(dataSource);
		template.setQueryTimeout((int) Math.max(1, statementTimeout.toSeconds()));
		this.jdbc = JdbcClient.create(template);
		this.transaction = new TransactionTemplate(new JdbcTransactionManager(dataSource));
		this.dialect = JdbcDialect.of(dataSource);
		this.sql = JdbcClusterSql.of(this.dialect, tablePrefix + "NODE", tablePrefix + "MESSAGE");
		probe(this.sql.probeNodes(), tablePrefix + "NODE");
		probe(this.sql.probeMessages(), tablePrefix + "MESSAGE");
		// without auto-commit, a read that is not committed may see old data for ever
		ConnectionCallback<Boolean> autoCommit = (connection) -> connection.getAutoCommit();
		this.reading = Boolean.TRUE.equals(template.execute(autoCommit)) ? TransactionOperations.withoutTransaction()
				: this.transaction;
	}

	private void probe(String probe, String table) {
		try {
			this.jdbc.sql(probe).query().listOfRows();
		}
		catch (BadSqlGrammarException ex) {
			throw new MissingTableException(table, ex);
		}
	}

	JdbcDialect dialect() {
		return this.dialect;
	}

	JdbcClusterSql sql() {
		return this.sql;
	}

	StatementSpec statement(String sql) {
		return this.jdbc.sql(sql);
	}

	<T> List<T> read(Supplier<List<T>> query) {
		List<T> rows = this.reading.execute((status) -> query.get());
		return (rows != null) ? rows : List.of();
	}

	/**
	 * Change something, again if the database rolled it back in favour of another change,
	 * as on a deadlock.
	 */
	int change(IntSupplier change) {
		for (int attempt = 1;; attempt++) {
			try {
				Integer rows = this.transaction.execute((status) -> change.getAsInt());
				return (rows != null) ? rows : 0;
			}
			catch (ConcurrencyFailureException ex) {
				if (attempt == ATTEMPTS) {
					throw ex;
				}
			}
		}
	}

	void deleteMessages(List<Long> ids) {
		if (!ids.isEmpty()) {
			change(() -> statement(this.sql.delete()).param("ids", ids).update());
		}
	}

}
