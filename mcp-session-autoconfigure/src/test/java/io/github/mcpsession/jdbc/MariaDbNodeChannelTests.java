package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class MariaDbNodeChannelTests extends JdbcNodeChannelContract {

	MariaDbNodeChannelTests() {
		super(TestServers.mariaDbUrl());
	}

}
