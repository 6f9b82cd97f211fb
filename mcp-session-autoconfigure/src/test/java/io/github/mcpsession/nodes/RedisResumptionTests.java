package io.github.mcpsession.nodes;

import java.util.List;

import io.github.mcpsession.testing.TestServers;

class RedisResumptionTests extends ResumptionContract {

	@Override
	protected List<String> storeProperties() {
		return TestServers.redisProperties();
	}

}
