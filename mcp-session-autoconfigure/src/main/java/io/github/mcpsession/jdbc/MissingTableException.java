package io.github.mcpsession.jdbc;

/**
 * A table of the JDBC store does not exist.
 */
public class MissingTableException extends RuntimeException {

	MissingTableException(String table, Throwable cause) {
		super("The table " + table + " for MCP sessions does not exist or cannot be read", cause);
	}

}
