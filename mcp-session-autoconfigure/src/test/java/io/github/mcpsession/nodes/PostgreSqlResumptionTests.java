package io.github.mcpsession.nodes;

import java.util.List;

import io.github.mcpsession.testing.TestServers;

class PostgreSqlResumptionTests extends ResumptionContract {

	@Override
	protected List<String> storeProperties() {
		return TestServers.jdbcProperties(TestServers.postgresUrl());
	}

}
