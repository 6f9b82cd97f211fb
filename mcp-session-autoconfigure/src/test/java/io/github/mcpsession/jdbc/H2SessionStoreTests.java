package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class H2SessionStoreTests extends JdbcSessionStoreContract {

	H2SessionStoreTests() {
		super(TestServers.newH2Url());
	}

}
