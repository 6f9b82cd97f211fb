package io.github.mcpsession.jdbc;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

import javax.sql.DataSource;

/**
 * Shown each prepared statement and its parameters just before it is executed, with the
 * connection that is about to execute it, and each commit.
 */
@FunctionalInterface
public interface StatementObserver {

	void onExecution(Connection connection, String sql, List<Object> parameters) throws SQLException;

	default void onCommit() {
	}

	static DataSource observe(DataSource dataSource, StatementObserver observer) {
		return proxy(DataSource.class, dataSource, (method, arguments, result) -> (result instanceof Connection opened)
				? observe(opened, observer) : result);
	}

	private static Connection observe(Connection connection, StatementObserver observer) {
		return proxy(Connection.class, connection, (method, arguments, result) -> {
			if (method.getName().equals("commit")) {
				observer.onCommit();
			}
			return (result instanceof PreparedStatement prepared)
					? observe(prepared, connection, (String) arguments[0], observer) : result;
		});
	}

	private static PreparedStatement observe(PreparedStatement statement, Connection connection, String sql,
			StatementObserver observer) {
		SortedMap<Integer, Object> parameters = new TreeMap<>();
		return (PreparedStatement) Proxy.newProxyInstance(StatementObserver.class.getClassLoader(),
				new Class<?>[] { PreparedStatement.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("setNull")) {
						parameters.put((Integer) arguments[0], null);
					}
					else if (method.getName().startsWith("set") && method.getParameterCount() > 1) {
						parameters.put((Integer) arguments[0], arguments[1]);
					}
					else if (method.getName().startsWith("execute")) {
						observer.onExecution(connection, sql, new ArrayList<>(parameters.values()));
					}
					return invoke(method, statement, arguments);
				});
	}

	private static <T> T proxy(Class<T> type, T target, Wrapping wrapping) {
		return type.cast(Proxy.newProxyInstance(StatementObserver.class.getClassLoader(), new Class<?>[] { type },
				(proxy, method, arguments) -> wrapping.wrap(method, arguments, invoke(method, target, arguments))));
	}

	private static Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

	@FunctionalInterface
	interface Wrapping {

		Object wrap(Method method, Object[] arguments, Object result);

	}

}
