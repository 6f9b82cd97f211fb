package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.sql.DatabaseMetaData;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.jdbc.support.MetaDataAccessException;

/**
 * Where databases differ.
 */
enum JdbcDialect {

	H2("CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS BIGINT)"),

	POSTGRESQL("CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000 AS BIGINT)"),

	MYSQL("TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000");

	private final String now;

	JdbcDialect(String now) {
		this.now = now;
	}

	/**
	 * An SQL expression for the milliseconds since 1970 by the clock of the database,
	 * whatever the time zone of the connection: a local time on the way would occur twice
	 * when summer time ends.
	 * @return the expression
	 */
	String now() {
		return this.now;
	}

	/**
	 * The same, for a condition on an index: PostgreSQL uses none for what may change
	 * from row to row.
	 * @return the expression
	 */
	String fixedNow() {
		return "(SELECT " + this.now + ")";
	}

	/**
	 * An SQL expression for a parameter that is a text of any length, where the database
	 * would not know that from the context.
	 * @param parameter the parameter
	 * @return the expression
	 */
	String text(String parameter) {
		return (this == H2) ? "CAST(" + parameter + " AS CHARACTER LARGE OBJECT)" : parameter;
	}

	/**
	 * Whether transactions are right at an isolation level: a statement after one that
	 * waited for a lock must see what was committed meanwhile. On MySQL a repeatable read
	 * begins with the first statement that does not lock.
	 * @param isolation the isolation level, as in {@link Connection}
	 * @return whether it is fit
	 */
	boolean isFit(@Nullable Integer isolation) {
		return isolation != null && (isolation == Connection.TRANSACTION_READ_COMMITTED
				|| (this == MYSQL && isolation == Connection.TRANSACTION_REPEATABLE_READ));
	}

	static JdbcDialect of(DataSource dataSource) {
		String product;
		try {
			product = JdbcUtils.extractDatabaseMetaData(dataSource, DatabaseMetaData::getDatabaseProductName);
		}
		catch (MetaDataAccessException ex) {
			throw new IllegalStateException("Cannot determine the database product of the MCP session store", ex);
		}
		return switch (product) {
			case "H2" -> H2;
			case "PostgreSQL" -> POSTGRESQL;
			case "MySQL", "MariaDB" -> MYSQL;
			default -> throw new UnsupportedDatabaseException(product);
		};
	}

}
