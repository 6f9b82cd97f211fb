package io.github.mcpsession.jdbc;

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
	 * A pool to a database that has the tables.
	 */
	static HikariDataSource open(Backend backend, String tablePrefix) {
		HikariConfig config = new HikariConfig();
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
