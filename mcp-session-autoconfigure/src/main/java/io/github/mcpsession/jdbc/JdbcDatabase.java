package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import javax.sql.DataSource;

import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.Assert;

/**
 * How the tables of this backend are read and changed: in short transactions, in the
 * thread of the caller. Thread-safe.
 */
final class JdbcDatabase {

	private static final List<String> TABLES = List.of("SESSION", "STREAM", "EVENT", "ANNOUNCEMENT", "NODE", "MESSAGE");

	private static final RetryTemplate RETRIES = new RetryTemplate(RetryPolicy.builder()
		.includes(ConcurrencyFailureException.class)
		.maxRetries(2)
		.delay(Duration.ZERO)
		.build());

	private final String tablePrefix;

	private final JdbcClient jdbc;

	private final JdbcDialect dialect;

	private final Map<String, String> statements = new ConcurrentHashMap<>();

	private final TransactionOperations transaction;

	private final TransactionOperations reading;

	/**
	 * Create a database.
	 * @param dataSource where to get connections
	 * @param tablePrefix what the names of the tables begin with: letters, digits and '_'
	 * only
	 * @param statementTimeout how long a statement may take
	 * @param tables the tables that must exist
	 * @throws UnsupportedDatabaseException if the database is of another kind
	 * @throws MissingTableException if a table does not exist
	 */
	JdbcDatabase(DataSource dataSource, String tablePrefix, Duration statementTimeout, String... tables) {
		this.tablePrefix = checkTablePrefix(tablePrefix);
		JdbcTemplate template = new JdbcTemplate(dataSource);
		template.setQueryTimeout((int) Math.max(1, statementTimeout.toSeconds()));
		this.jdbc = JdbcClient.create(template);
		this.dialect = JdbcDialect.of(dataSource);
		for (String table : tables) {
			probe(table(table));
		}
		TransactionTemplate transactions = new TransactionTemplate(new JdbcTransactionManager(dataSource));
		ConnectionCallback<Integer> isolation = Connection::getTransactionIsolation;
		if (!this.dialect.isFit(template.execute(isolation))) {
			transactions.setIsolationLevel(TransactionDefinition.ISOLATION_READ_COMMITTED);
		}
		this.transaction = transactions;
		// without auto-commit, a read that is not committed may see old data for ever
		ConnectionCallback<Boolean> autoCommit = Connection::getAutoCommit;
		this.reading = Boolean.TRUE.equals(template.execute(autoCommit)) ? TransactionOperations.withoutTransaction()
				: this.transaction;
	}

	/**
	 * Check what is to become part of statements.
	 * @param tablePrefix what the names of the tables begin with
	 * @return the same
	 * @throws IllegalArgumentException if there are others than letters, digits and '_'
	 */
	static String checkTablePrefix(String tablePrefix) {
		Assert.isTrue(tablePrefix.matches("[A-Za-z0-9_]*"),
				"The table prefix must consist of letters, digits and '_' only");
		return tablePrefix;
	}

	private void probe(String table) {
		try {
			this.jdbc.sql("SELECT NAMESPACE FROM " + table + " WHERE 1 = 0").query().listOfRows();
		}
		catch (BadSqlGrammarException ex) {
			throw new MissingTableException(table, ex);
		}
	}

	private String table(String name) {
		return this.tablePrefix + name;
	}

	JdbcDialect dialect() {
		return this.dialect;
	}

	/**
	 * Make a statement.
	 * @param text the statement, with the names of tables in braces, as
	 * <code>{SESSION}</code>; <code>{NOW}</code> is the time of the database in
	 * milliseconds since 1970, <code>{FIXED_NOW}</code> the same for a condition on an
	 * index, and <code>{:message}</code> a parameter of any length where the database
	 * would not know that from the context
	 * @return the statement
	 */
	StatementSpec sql(String text) {
		return this.jdbc.sql(this.statements.computeIfAbsent(text, this::fillIn));
	}

	String fillIn(String text) {
		String statement = text.replace("{NOW}", this.dialect.now())
			.replace("{FIXED_NOW}", this.dialect.fixedNow())
			.replace("{:message}", this.dialect.text(":message"));
		for (String table : TABLES) {
			statement = statement.replace("{" + table + "}", table(table));
		}
		return statement;
	}

	<T> List<T> read(Supplier<List<T>> query) {
		return this.reading.execute((status) -> query.get());
	}

	/**
	 * Change something, again if the database rolled it back in favour of another change,
	 * as on a deadlock.
	 */
	<T> T change(Supplier<T> change) {
		return RETRIES.invoke(() -> this.transaction.execute((status) -> change.get()));
	}

}
