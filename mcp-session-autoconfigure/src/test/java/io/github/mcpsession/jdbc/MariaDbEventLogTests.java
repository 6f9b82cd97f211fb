package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class MariaDbEventLogTests extends JdbcEventLogContract {

	MariaDbEventLogTests() {
		super(TestServers.mariaDbUrl());
	}

}
