package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class MariaDbClusterChannelTests extends JdbcClusterChannelContract {

	MariaDbClusterChannelTests() {
		super(TestServers.mariaDbUrl());
	}

}
