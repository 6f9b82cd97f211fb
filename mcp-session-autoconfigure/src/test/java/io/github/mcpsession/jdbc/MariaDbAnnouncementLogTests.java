package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class MariaDbAnnouncementLogTests extends JdbcAnnouncementLogContract {

	MariaDbAnnouncementLogTests() {
		super(TestServers.mariaDbUrl());
	}

}
