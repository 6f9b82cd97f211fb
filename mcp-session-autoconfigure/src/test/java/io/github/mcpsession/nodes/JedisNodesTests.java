package io.github.mcpsession.nodes;

import java.util.List;
import java.util.stream.Stream;

import io.github.mcpsession.testing.TestServers;

/**
 * Two nodes whose application talks to Redis by Jedis, which sessions then share.
 */
class JedisNodesTests extends NodesContract {

	@Override
	protected List<String> storeProperties() {
		return Stream.concat(TestServers.redisProperties().stream(), Stream.of("spring.data.redis.client-type=jedis"))
			.toList();
	}

}
