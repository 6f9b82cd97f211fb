package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class PostgreSqlEventLogTests extends JdbcEventLogContract {

	PostgreSqlEventLogTests() {
		super(TestServers.postgresUrl());
	}

}
