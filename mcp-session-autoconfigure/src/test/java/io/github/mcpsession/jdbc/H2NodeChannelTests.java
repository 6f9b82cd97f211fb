package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class H2NodeChannelTests extends JdbcNodeChannelContract {

	H2NodeChannelTests() {
		super(TestServers.newH2Url());
	}

}
