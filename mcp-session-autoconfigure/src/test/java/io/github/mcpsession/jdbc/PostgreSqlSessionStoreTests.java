package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class PostgreSqlSessionStoreTests extends JdbcSessionStoreContract {

	PostgreSqlSessionStoreTests() {
		super(TestServers.postgresUrl());
	}

}
