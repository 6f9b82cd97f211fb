package io.github.mcpsession.testing;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

/**
 * A look at the Redis of the tests beside the code under test.
 */
public final class RedisKeyspace {

	private RedisKeyspace() {
	}

	/**
	 * The keys of all sessions of a namespace, without those of the cluster and of
	 * principals.
	 */
	public static Set<String> sessions(String namespace) {
		return keys("mcp:session:" + namespace + ":*").stream()
			.filter((key) -> !key.contains("{cluster}") && !key.contains(":principal:"))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	public static Set<String> keys(String pattern) {
		LettuceConnectionFactory factory = new LettuceConnectionFactory("127.0.0.1", TestServers.redisPort());
		factory.afterPropertiesSet();
		factory.start();
		try {
			return new StringRedisTemplate(factory).keys(pattern);
		}
		finally {
			factory.destroy();
		}
	}

}
