package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class PostgreSqlAnnouncementLogTests extends JdbcAnnouncementLogContract {

	PostgreSqlAnnouncementLogTests() {
		super(TestServers.postgresUrl());
	}

}
