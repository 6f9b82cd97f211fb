package io.github.mcpsession.nodes;

import java.util.List;

import io.github.mcpsession.testing.TestServers;

class PostgreSqlThreeNodesTests extends ThreeNodesContract {

	@Override
	protected List<String> storeProperties() {
		return TestServers.jdbcProperties(TestServers.postgresUrl());
	}

}
