package io.github.mcpsession;

import java.util.List;

import io.github.mcpsession.testing.RedisClusterServers;

/**
 * Two nodes on a Redis Cluster of three masters.
 */
class ShardedRedisNodesTests extends NodesContract {

	@Override
	protected List<String> storeProperties() {
		return RedisClusterServers.shared().properties();
	}

}
