package io.github.mcpsession.nodes;

import java.util.List;

import io.github.mcpsession.testing.TestServers;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

class PostgreSqlProcessFailoverTests extends ProcessFailoverContract {

	@Override
	protected List<String> storeProperties() {
		return TestServers.jdbcProperties(TestServers.postgresUrl());
	}

	@Override
	protected long occurrences(String sessionId) {
		return JdbcClient.create(new DriverManagerDataSource(TestServers.postgresUrl()))
			.sql("SELECT COUNT(*) FROM MCP_SESSION WHERE SESSION_ID = ?")
			.param(sessionId)
			.query(Long.class)
			.single();
	}

}
