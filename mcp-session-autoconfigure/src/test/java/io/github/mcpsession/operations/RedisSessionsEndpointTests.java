package io.github.mcpsession.operations;

import java.util.List;

import io.github.mcpsession.testing.TestServers;

class RedisSessionsEndpointTests extends SessionsEndpointContract {

	@Override
	protected List<String> storeProperties() {
		return TestServers.redisProperties();
	}

}
