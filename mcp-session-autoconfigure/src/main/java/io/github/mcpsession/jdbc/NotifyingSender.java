package io.github.mcpsession.jdbc;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.NestedRuntimeException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.NonTransientDataAccessException;

/**
 * Inserts messages, on PostgreSQL with a notification in the same transaction, so that
 * whoever is woken up finds them. Where that is not permitted, or there is no such thing,
 * receivers find them by their next poll, and a notification is tried again now and then.
 * Thread-safe.
 */
final class NotifyingSender {

	private static final Logger logger = LoggerFactory.getLogger(NotifyingSender.class);

	private static final Duration PAUSE = Duration.ofMinutes(1);

	private static final String POSTGRESQL_NOTIFY = "SELECT pg_notify('" + PostgresNotifications.CHANNEL + "', :whom)";

	private final JdbcDatabase database;

	private final AtomicBoolean refused = new AtomicBoolean();

	private volatile long refusedAt;

	NotifyingSender(JdbcDatabase database) {
		this.database = database;
	}

	/**
	 * Send messages.
	 * @param whom the node, or {@link PostgresNotifications#ALL}
	 * @param insertion inserts them, and says how many
	 * @return how many were inserted
	 */
	int send(String whom, Supplier<Integer> insertion) {
		if (this.database.dialect() == JdbcDialect.POSTGRESQL && mayNotify()) {
			try {
				return this.database.change(() -> notify(whom, insertion.get()));
			}
			catch (RefusedException ex) {
				refused(ex);
			}
		}
		return this.database.change(insertion);
	}

	private boolean mayNotify() {
		return !this.refused.get() || System.nanoTime() - this.refusedAt > PAUSE.toNanos();
	}

	private int notify(String whom, int sent) {
		if (sent == 0) {
			return 0;
		}
		try {
			this.database.sql(POSTGRESQL_NOTIFY).param("whom", whom).query((row, number) -> number).list();
			return sent;
		}
		catch (DataAccessResourceFailureException ex) {
			throw ex;
		}
		catch (NonTransientDataAccessException ex) {
			throw new RefusedException(ex);
		}
	}

	private void refused(RefusedException ex) {
		this.refusedAt = System.nanoTime();
		if (!this.refused.getAndSet(true)) {
			logger.warn(
					"PostgreSQL refuses NOTIFY ({}): nodes poll for messages of each other, once a second or each "
							+ "'mcp.session.jdbc.poll-interval' if that is longer",
					NestedExceptionUtils.getMostSpecificCause(ex).getMessage());
		}
	}

	private static final class RefusedException extends NestedRuntimeException {

		RefusedException(Throwable cause) {
			super("The notification was refused", cause);
		}

	}

}
