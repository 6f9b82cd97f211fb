package io.github.mcpsession;

import java.util.List;

import io.github.mcpsession.testing.TestServers;

class RedisClusterTests extends ClusterContract {

	@Override
	protected List<String> storeProperties() {
		return TestServers.redisProperties();
	}

}
