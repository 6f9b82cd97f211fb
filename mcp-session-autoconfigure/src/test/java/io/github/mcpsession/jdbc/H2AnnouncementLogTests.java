package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class H2AnnouncementLogTests extends JdbcAnnouncementLogContract {

	H2AnnouncementLogTests() {
		super(TestServers.newH2Url());
	}

}
