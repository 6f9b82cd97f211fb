package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class MariaDbSessionStoreTests extends JdbcSessionStoreContract {

	MariaDbSessionStoreTests() {
		super(TestServers.mariaDbUrl());
	}

}
