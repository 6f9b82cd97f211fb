package io.github.mcpsession.nodes;

import java.util.List;

import io.github.mcpsession.testing.RedisClusterServers;

/**
 * Two nodes on a Redis Cluster of three masters.
 */
class RedisClusterNodesTests extends NodesContract {

	@Override
	protected List<String> storeProperties() {
		return RedisClusterServers.shared().properties();
	}

}
