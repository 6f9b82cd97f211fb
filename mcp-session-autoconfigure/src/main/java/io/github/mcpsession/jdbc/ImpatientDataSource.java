package io.github.mcpsession.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Connections on which no read waits for longer than a timeout, after which they are
 * broken: a host that has vanished without a word would keep them, and so the whole pool,
 * for a quarter of an hour. The pool gets them back as they were; one that was
 * {@linkplain Connection#abort aborted} is aborted when it is closed, so that a rollback
 * before is possible, and such that the pool notices.
 */
final class ImpatientDataSource extends DelegatingDataSource {

	private static final Logger logger = LoggerFactory.getLogger(ImpatientDataSource.class);

	private final int timeoutMillis;

	ImpatientDataSource(DataSource target, Duration timeout) {
		super(target);
		this.timeoutMillis = (int) Math.min(Integer.MAX_VALUE, timeout.toMillis());
	}

	@Override
	public Connection getConnection() throws SQLException {
		Connection connection = obtainTargetDataSource().getConnection();
		Lease lease = new Lease(connection, limit(connection));
		return (Connection) Proxy.newProxyInstance(ImpatientDataSource.class.getClassLoader(),
				new Class<?>[] { Connection.class }, lease);
	}

	/**
	 * Set the timeout, unless there is a shorter one.
	 * @return what to set it to afterwards, {@code null} for nothing
	 */
	private @Nullable Integer limit(Connection connection) throws SQLException {
		try {
			int before = connection.getNetworkTimeout();
			if (before > 0 && before <= this.timeoutMillis) {
				return null;
			}
			connection.setNetworkTimeout(Runnable::run, this.timeoutMillis);
			return before;
		}
		catch (SQLFeatureNotSupportedException | AbstractMethodError ex) {
			return null;
		}
		catch (SQLException ex) {
			connection.close();
			throw ex;
		}
	}

	/**
	 * A connection of the pool, for as long as it is lent. For one thread at a time, as
	 * the connection is.
	 */
	private static final class Lease implements InvocationHandler {

		private final Connection target;

		private final @Nullable Integer timeoutBefore;

		private boolean aborted;

		private boolean closed;

		Lease(Connection target, @Nullable Integer timeoutBefore) {
			this.target = target;
			this.timeoutBefore = timeoutBefore;
		}

		@Override
		public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
				throws Throwable {
			switch (method.getName()) {
				case "close" -> close();
				case "abort" -> this.aborted = true;
				case "equals" -> {
					return arguments != null && proxy == arguments[0];
				}
				case "hashCode" -> {
					return System.identityHashCode(proxy);
				}
				default -> {
					try {
						return method.invoke(this.target, arguments);
					}
					catch (InvocationTargetException ex) {
						throw ex.getTargetException();
					}
				}
			}
			return null;
		}

		private void close() throws SQLException {
			if (this.closed) {
				return;
			}
			this.closed = true;
			try (Connection connection = this.target) {
				if (this.aborted) {
					connection.abort(Runnable::run);
					// fails, whereby the pool learns of it
					connection.createStatement().close();
				}
				else if (this.timeoutBefore != null && !connection.isClosed()) {
					connection.setNetworkTimeout(Runnable::run, this.timeoutBefore);
				}
			}
			catch (SQLException ex) {
				logger.trace("The connection was broken", ex);
			}
		}

	}

}
