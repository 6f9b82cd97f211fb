package io.github.mcpsession;

import java.util.List;

import io.github.mcpsession.testing.RedisClusterServers;

/**
 * Streams on a Redis Cluster of three masters.
 */
class ShardedRedisResumptionTests extends ResumptionContract {

	@Override
	protected List<String> storeProperties() {
		return RedisClusterServers.shared().properties();
	}

}
