package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class H2EventLogTests extends JdbcEventLogContract {

	H2EventLogTests() {
		super(TestServers.newH2Url());
	}

}
