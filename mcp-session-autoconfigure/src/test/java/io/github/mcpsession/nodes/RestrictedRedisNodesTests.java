package io.github.mcpsession.nodes;

import java.util.List;

import io.github.mcpsession.testing.RestrictedRedisUser;
import io.github.mcpsession.testing.TestServers;

/**
 * Two nodes that come as a Redis user that may do only what the documentation says.
 */
class RestrictedRedisNodesTests extends NodesContract {

	@Override
	protected List<String> storeProperties() {
		return RestrictedRedisUser.properties(TestServers.redisPort());
	}

}
