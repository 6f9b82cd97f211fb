package io.github.mcpsession.jdbc;

import java.sql.DatabaseMetaData;

import javax.sql.DataSource;

import org.springframework.jdbc.support.JdbcUtils;
import org.springframework.jdbc.support.MetaDataAccessException;

/**
 * Where databases differ.
 */
enum JdbcDialect {

	H2("DATEDIFF('MILLISECOND', TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00', CURRENT_TIMESTAMP)"),

	POSTGRESQL("CAST(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()) * 1000 AS BIGINT)"),

	MYSQL("CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)");

	private final String now;

	JdbcDialect(String now) {
		this.now = now;
	}

	/**
	 * An SQL expression for the milliseconds since 1970 by the clock of the database.
	 * @return the expression
	 */
	String now() {
		return this.now;
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

	static JdbcDialect of(DataSource dataSource) {
		String product;
		try {
			product = JdbcUtils.extractDatabaseMetaData(dataSource, DatabaseMetaData::getDatabaseProductName);
		}
		catch (MetaDataAccessException ex) {
			throw new IllegalStateException("Cannot ask the database of the MCP session store what it is", ex);
		}
		return switch (product) {
			case "H2" -> H2;
			case "PostgreSQL" -> POSTGRESQL;
			case "MySQL", "MariaDB" -> MYSQL;
			default -> throw new UnsupportedDatabaseException(product);
		};
	}

}
