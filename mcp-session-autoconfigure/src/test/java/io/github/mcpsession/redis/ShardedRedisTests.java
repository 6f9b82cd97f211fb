package io.github.mcpsession.redis;

import org.junit.jupiter.api.Nested;

/**
 * The contracts on a Redis Cluster of three masters.
 */
class ShardedRedisTests {

	@Nested
	class SessionStore extends RedisSessionStoreContract {

		@Override
		protected RedisTestConnection connect() {
			return RedisTestConnection.cluster();
		}

	}

	@Nested
	class NodeChannel extends RedisNodeChannelContract {

		@Override
		protected RedisTestConnection connect() {
			return RedisTestConnection.cluster();
		}

	}

	@Nested
	class EventLog extends RedisEventLogTests {

		@Override
		protected RedisTestConnection connect() {
			return RedisTestConnection.cluster();
		}

	}

}
