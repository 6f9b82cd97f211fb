package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionStatus;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.Assert;

/**
 * How the tables of this backend are read and changed: in short transactions, in the
 * thread of the caller. Thread-safe.
 */
final class JdbcDatabase {

	private static final Logger logger = LoggerFactory.getLogger(JdbcDatabase.class);

	private static final List<String> TABLES = List.of("SESSION", "STREAM", "EVENT", "ANNOUNCEMENT", "NODE", "MESSAGE");

	private static final RetryTemplate RETRIES = new RetryTemplate(RetryPolicy.builder()
		.includes(ConcurrencyFailureException.class, ReadOnlyServerException.class)
		.maxRetries(2)
		.delay(Duration.ZERO)
		.build());

	/**
	 * As often as there may be dead connections in a pool.
	 */
	private static final RetryTemplate REPLACEMENTS = new RetryTemplate(
			RetryPolicy.builder().includes(DeadConnectionException.class).maxRetries(10).delay(Duration.ZERO).build());

	private final String tablePrefix;

	private final DataSource dataSource;

	private final JdbcTemplate template;

	private final JdbcClient jdbc;

	private final String[] tables;

	private final Map<String, String> statements = new ConcurrentHashMap<>();

	private volatile @Nullable Known known;

	/**
	 * Create a database. If it cannot be reached now, it is asked later what it is.
	 * @param dataSource where to get connections
	 * @param tablePrefix what the names of the tables begin with: letters, digits and '_'
	 * only
	 * @param statementTimeout how long a statement may take; a connection on which
	 * nothing comes for twice as long is given up
	 * @param tables the tables that must exist
	 * @throws UnsupportedDatabaseException if the database is of another kind
	 * @throws MissingTableException if a table does not exist
	 */
	JdbcDatabase(DataSource dataSource, String tablePrefix, Duration statementTimeout, String... tables) {
		this.tablePrefix = checkTablePrefix(tablePrefix);
		int timeoutSeconds = (int) Math.max(1, statementTimeout.toSeconds());
		Duration silence = Duration.ofMillis(2 * Math.max(timeoutSeconds * 1000L, statementTimeout.toMillis()));
		this.dataSource = new ImpatientDataSource(dataSource, silence);
		this.template = new JdbcTemplate(this.dataSource);
		this.template.setQueryTimeout(timeoutSeconds);
		this.jdbc = JdbcClient.create(this.template);
		this.tables = tables;
		try {
			known();
		}
		catch (RuntimeException ex) {
			if (!SqlFailures.isAway(ex)) {
				throw ex;
			}
			logger.debug("The database cannot be reached, asking later what it is", ex);
		}
	}

	private Known known() {
		Known found = this.known;
		if (found == null) {
			found = find();
			this.known = found;
		}
		return found;
	}

	private Known find() {
		JdbcDialect dialect = JdbcDialect.of(this.dataSource);
		for (String table : this.tables) {
			probe(table(table));
		}
		TransactionTemplate transaction = new TransactionTemplate(new Transactions(this.dataSource));
		ConnectionCallback<Integer> isolation = Connection::getTransactionIsolation;
		if (!dialect.isFit(this.template.execute(isolation))) {
			transaction.setIsolationLevel(TransactionDefinition.ISOLATION_READ_COMMITTED);
		}
		// without auto-commit, a read that is not committed may see old data for ever
		ConnectionCallback<Boolean> autoCommit = Connection::getAutoCommit;
		return new Known(dialect, transaction, Boolean.TRUE.equals(this.template.execute(autoCommit))
				? TransactionOperations.withoutTransaction() : transaction);
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
		return known().dialect();
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
		JdbcDialect dialect = dialect();
		String statement = text.replace("{NOW}", dialect.now())
			.replace("{FIXED_NOW}", dialect.fixedNow())
			.replace("{:message}", dialect.text(":message"));
		for (String table : TABLES) {
			statement = statement.replace("{" + table + "}", table(table));
		}
		return statement;
	}

	/**
	 * Where connections are taken from that are not used in transactions.
	 */
	DataSource dataSource() {
		return this.dataSource;
	}

	<T> List<T> read(Supplier<List<T>> query) {
		return REPLACEMENTS.invoke(() -> withLiveConnection(() -> known().reading().execute((status) -> query.get())));
	}

	/**
	 * Change something, again if the database rolled it back in favour of another change,
	 * as on a deadlock, or if it was not begun for want of a connection that will do.
	 */
	<T> T change(Supplier<T> change) {
		return REPLACEMENTS.invoke(() -> RETRIES.invoke(() -> changeOnce(change)));
	}

	private <T> T changeOnce(Supplier<T> change) {
		try {
			// not the commit, after which nobody knows whether it was done
			return known().transaction().execute((status) -> withLiveConnection(() -> withWritableConnection(change)));
		}
		catch (CannotCreateTransactionException ex) {
			throw SqlFailures.isDeadConnection(ex) ? new DeadConnectionException(ex) : ex;
		}
	}

	private static <T> T withLiveConnection(Supplier<T> use) {
		try {
			return use.get();
		}
		catch (DataAccessException ex) {
			throw SqlFailures.isDeadConnection(ex) ? new DeadConnectionException(ex) : ex;
		}
	}

	private <T> T withWritableConnection(Supplier<T> use) {
		try {
			return use.get();
		}
		catch (DataAccessException ex) {
			if (SqlFailures.isReadOnly(ex)) {
				giveUpConnection();
				throw new ReadOnlyServerException(ex);
			}
			throw ex;
		}
	}

	/**
	 * So that the next one may lead elsewhere, as the name of a database does after a
	 * failover.
	 */
	private void giveUpConnection() {
		Connection connection = DataSourceUtils.getConnection(this.dataSource);
		try {
			connection.abort(Runnable::run);
		}
		catch (SQLException ex) {
			logger.debug("Cannot give up a connection", ex);
		}
		finally {
			DataSourceUtils.releaseConnection(connection, this.dataSource);
		}
	}

	/**
	 * What has been found out about the database.
	 *
	 * @param dialect its dialect
	 * @param transaction for changes
	 * @param reading for reads
	 */
	private record Known(JdbcDialect dialect, TransactionOperations transaction, TransactionOperations reading) {
	}

	/**
	 * A rollback that fails was done by the database already.
	 */
	private static final class Transactions extends JdbcTransactionManager {

		Transactions(DataSource dataSource) {
			super(dataSource);
		}

		@Override
		protected void doRollback(DefaultTransactionStatus status) {
			try {
				super.doRollback(status);
			}
			catch (RuntimeException ex) {
				logger.debug("Cannot roll back", ex);
			}
		}

	}

	private static final class DeadConnectionException extends DataAccessResourceFailureException {

		DeadConnectionException(Throwable cause) {
			super("The connection to the database was lost", cause);
		}

	}

	private static final class ReadOnlyServerException extends DataAccessResourceFailureException {

		ReadOnlyServerException(Throwable cause) {
			super("The database cannot be written", cause);
		}

	}

}
