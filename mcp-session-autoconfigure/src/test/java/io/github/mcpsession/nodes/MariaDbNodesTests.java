package io.github.mcpsession.nodes;

import java.util.List;

import io.github.mcpsession.testing.TestServers;

class MariaDbNodesTests extends NodesContract {

	@Override
	protected List<String> storeProperties() {
		return TestServers.jdbcProperties(TestServers.mariaDbUrl());
	}

}
