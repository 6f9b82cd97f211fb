package io.github.mcpsession.nodes;

import java.util.List;

import io.github.mcpsession.testing.TestServers;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

class RedisProcessFailoverTests extends ProcessFailoverContract {

	@Override
	protected List<String> storeProperties() {
		return TestServers.redisProperties();
	}

	@Override
	protected long occurrences(String sessionId) {
		LettuceConnectionFactory connectionFactory = new LettuceConnectionFactory("127.0.0.1", TestServers.redisPort());
		connectionFactory.afterPropertiesSet();
		connectionFactory.start();
		try {
			return new StringRedisTemplate(connectionFactory).keys("*" + sessionId + "*").size();
		}
		finally {
			connectionFactory.destroy();
		}
	}

}
