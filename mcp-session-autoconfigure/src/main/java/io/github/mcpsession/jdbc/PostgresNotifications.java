package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for PostgreSQL to say that a message has come, on a connection that it keeps. One
 * that breaks is replaced; until then its owner has to poll. A notification may be
 * missed, so its owner polls now and then anyway.
 * <p>
 * For one receiving thread. Any thread may close, which waits for a moment if the
 * connection is in use.
 */
final class PostgresNotifications implements AutoCloseable {

	/**
	 * The name that is listened to. The payload is the name of a node, or {@link #ALL}.
	 */
	static final String CHANNEL = "mcp_session";

	static final String ALL = "*";

	private static final Logger logger = LoggerFactory.getLogger(PostgresNotifications.class);

	private static final Duration SLICE = Duration.ofMillis(200);

	private static final Duration ATTEMPT_INTERVAL = Duration.ofSeconds(5);

	private static final Duration CHECK_INTERVAL = Duration.ofSeconds(30);

	private static final int VALIDATION_SECONDS = 2;

	private final DataSource dataSource;

	private @Nullable Connection connection;

	private @Nullable PGConnection notifications;

	private boolean closed;

	private long checkedAt;

	private long attemptedAt = System.nanoTime() - ATTEMPT_INTERVAL.toNanos();

	PostgresNotifications(DataSource dataSource) {
		this.dataSource = dataSource;
	}

	/**
	 * Begin to listen, unless that is so already.
	 * @return whether what is sent from now on ends a wait
	 */
	synchronized boolean listen() {
		if (this.notifications != null) {
			return true;
		}
		if (this.closed || !isOver(this.attemptedAt, ATTEMPT_INTERVAL)) {
			return false;
		}
		this.attemptedAt = System.nanoTime();
		try {
			Connection opened = this.dataSource.getConnection();
			this.connection = opened;
			opened.setAutoCommit(true);
			execute(opened, "LISTEN " + CHANNEL);
			this.notifications = opened.unwrap(PGConnection.class);
			this.checkedAt = System.nanoTime();
			return true;
		}
		catch (SQLException ex) {
			failed(ex);
			return false;
		}
	}

	/**
	 * Wait for a message to a node, or until there is reason to look.
	 * @param node the node
	 * @param timeout how long to wait at most
	 */
	void await(String node, Duration timeout) {
		long start = System.nanoTime();
		Duration left = timeout;
		while (left.toMillis() > 0 && !Thread.currentThread().isInterrupted()) {
			if (isWokenUp(node, (left.compareTo(SLICE) < 0) ? left : SLICE)) {
				return;
			}
			left = timeout.minusNanos(System.nanoTime() - start);
		}
	}

	/**
	 * In slices, since neither an interrupt nor closing ends this wait.
	 */
	private synchronized boolean isWokenUp(String node, Duration slice) {
		PGConnection current = this.notifications;
		if (current == null) {
			return true;
		}
		try {
			boolean wokenUp = false;
			PGNotification[] received = current.getNotifications((int) slice.toMillis());
			for (PGNotification notification : (received != null) ? received : new PGNotification[0]) {
				String payload = notification.getParameter();
				wokenUp = wokenUp || payload.equals(node) || payload.equals(ALL);
			}
			checkNowAndThen();
			return wokenUp;
		}
		catch (SQLException ex) {
			failed(ex);
			return true;
		}
	}

	/**
	 * A connection on which nothing is ever sent may be dead without anyone noticing.
	 */
	private void checkNowAndThen() throws SQLException {
		if (this.connection != null && isOver(this.checkedAt, CHECK_INTERVAL)) {
			if (!isToPrimary(this.connection)) {
				giveBack(false);
				return;
			}
			this.checkedAt = System.nanoTime();
		}
	}

	/**
	 * Whoever notifies does so on a server that can be written.
	 */
	private static boolean isToPrimary(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement();
				ResultSet readOnly = statement.executeQuery("SHOW transaction_read_only")) {
			return readOnly.next() && !"on".equals(readOnly.getString(1));
		}
	}

	private void failed(SQLException ex) {
		logger.debug("Cannot LISTEN on PostgreSQL, polling instead", ex);
		// one that only cannot listen is of use to others
		giveBack(!SqlFailures.isAway(ex));
	}

	private void giveBack(boolean healthy) {
		Connection old = this.connection;
		this.connection = null;
		this.notifications = null;
		if (old == null) {
			return;
		}
		try (old) {
			if (healthy && old.isValid(VALIDATION_SECONDS)) {
				execute(old, "UNLISTEN " + CHANNEL);
			}
			else {
				// so that the pool does not hand it out again
				old.abort(Runnable::run);
			}
		}
		catch (SQLException ex) {
			// it was broken
		}
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		giveBack(true);
	}

	private static void execute(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static boolean isOver(long since, Duration duration) {
		return System.nanoTime() - since >= duration.toNanos();
	}

}
