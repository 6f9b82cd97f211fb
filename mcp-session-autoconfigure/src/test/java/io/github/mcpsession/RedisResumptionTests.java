package io.github.mcpsession;

import java.util.List;

import io.github.mcpsession.testing.TestServers;

class RedisResumptionTests extends ResumptionContract {

	@Override
	protected List<String> storeProperties() {
		return TestServers.redisProperties();
	}

}
