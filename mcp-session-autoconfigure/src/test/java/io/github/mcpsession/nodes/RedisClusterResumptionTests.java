package io.github.mcpsession.nodes;

import java.util.List;

import io.github.mcpsession.testing.RedisClusterServers;

/**
 * Streams on a Redis Cluster of three masters.
 */
class RedisClusterResumptionTests extends ResumptionContract {

	@Override
	protected List<String> storeProperties() {
		return RedisClusterServers.shared().properties();
	}

}
