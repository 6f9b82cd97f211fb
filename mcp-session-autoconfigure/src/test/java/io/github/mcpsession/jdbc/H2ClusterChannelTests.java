package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;

class H2ClusterChannelTests extends JdbcClusterChannelContract {

	H2ClusterChannelTests() {
		super(TestServers.newH2Url());
	}

}
