package io.github.mcpsession.jdbc;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;

/**
 * Tells failures apart by what the database or its driver said.
 */
final class SqlFailures {

	private static final String READ_ONLY_TRANSACTION = "25006";

	/**
	 * Of MySQL and MariaDB: an option of the server forbids it, the transaction or the
	 * storage engine is read-only.
	 */
	private static final Set<Integer> READ_ONLY = Set.of(1290, 1792, 1836);

	private static final String CONNECTION_EXCEPTION = "08";

	/**
	 * Of PostgreSQL: it shuts down, has crashed, or does not accept connections yet.
	 */
	private static final Set<String> SHUTDOWN = Set.of("57P01", "57P02", "57P03");

	private static final String TOO_MANY_CONNECTIONS = "53300";

	private SqlFailures() {
	}

	/**
	 * Whether the server that a connection leads to cannot be written, as a former
	 * primary after a failover.
	 * @param failure the failure
	 * @return whether another connection may lead to one that can
	 */
	static boolean isReadOnly(Throwable failure) {
		return hasCause(failure, (cause) -> cause instanceof SQLException ex
				&& (READ_ONLY_TRANSACTION.equals(ex.getSQLState()) || READ_ONLY.contains(ex.getErrorCode())));
	}

	/**
	 * Whether a connection turned out to be dead, other than by silence, so that another
	 * one may do at once.
	 * @param failure the failure
	 * @return whether it is worth to try another connection
	 */
	static boolean isDeadConnection(Throwable failure) {
		return hasCause(failure, SqlFailures::isOfConnection) && !hasCause(failure,
				(cause) -> cause instanceof SocketTimeoutException || cause instanceof SQLTransientConnectionException);
	}

	/**
	 * Whether the database cannot be reached at the moment.
	 * @param failure the failure
	 * @return whether to wait for it
	 */
	static boolean isAway(Throwable failure) {
		return hasCause(failure,
				(cause) -> isOfConnection(cause) || cause instanceof IOException
						|| cause instanceof SQLTransientConnectionException
						|| (cause instanceof SQLException ex && TOO_MANY_CONNECTIONS.equals(ex.getSQLState())));
	}

	private static boolean isOfConnection(Throwable cause) {
		String state = (cause instanceof SQLException ex) ? ex.getSQLState() : null;
		return state != null && (state.startsWith(CONNECTION_EXCEPTION) || SHUTDOWN.contains(state));
	}

	private static boolean hasCause(Throwable failure, Predicate<Throwable> condition) {
		for (@Nullable
		Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (condition.test(cause)) {
				return true;
			}
		}
		return false;
	}

}
