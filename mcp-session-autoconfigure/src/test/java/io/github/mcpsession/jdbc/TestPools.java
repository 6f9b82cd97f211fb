package io.github.mcpsession.jdbc;

import java.util.TimeZone;
import java.util.function.Consumer;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.testing.Backend;

/**
 * Pools of connections for the contracts on a database.
 */
final class TestPools {

	private TestPools() {
	}

	/**
	 * A pool to a database that has the tables. As long as it is open, this JVM and its
	 * connections are in the time zone of the backend: H2 and PostgreSQL take that of the
	 * JVM.
	 */
	static HikariDataSource openInZone(Backend backend, String tablePrefix) {
		TimeZone.setDefault((backend.zone() != null) ? TimeZone.getTimeZone(backend.zone()) : null);
		return open(backend, tablePrefix);
	}

	static void close(HikariDataSource pool) {
		pool.close();
		TimeZone.setDefault(null);
	}

	static HikariDataSource open(Backend backend, String tablePrefix) {
		HikariConfig config = new HikariConfig();
		if (backend == Backend.MARIADB) {
			config.setConnectionInitSql("SET time_zone = '-05:00'");
		}
		config.setJdbcUrl(backend.url());
		config.setTransactionIsolation(backend.isolation());
		config.setMaximumPoolSize(20);
		HikariDataSource pool = new HikariDataSource(config);
		JdbcSessionStoreTests.initialize(pool, tablePrefix);
		return pool;
	}

	/**
	 * One more pool to the same database.
	 */
	static HikariDataSource like(HikariDataSource pool, Consumer<HikariConfig> change) {
		HikariConfig config = new HikariConfig();
		pool.copyStateTo(config);
		config.setPoolName(null);
		change.accept(config);
		return new HikariDataSource(config);
	}

	static HikariDataSource withoutAutoCommit(HikariDataSource pool) {
		return like(pool, (config) -> config.setAutoCommit(false));
	}

}
