package io.github.mcpsession.jdbc;

/**
 * The database is none that the JDBC store knows.
 */
public class UnsupportedDatabaseException extends RuntimeException {

	UnsupportedDatabaseException(String product) {
		super("MCP sessions cannot be stored in '" + product + "'; supported are H2, PostgreSQL, MySQL and MariaDB");
	}

}
