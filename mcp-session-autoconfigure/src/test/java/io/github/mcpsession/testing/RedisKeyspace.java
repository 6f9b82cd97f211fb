package io.github.mcpsession.testing;

import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
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
		return look(TestServers.redisPort(), (redis) -> redis.keys(pattern));
	}

	/**
	 * What a connection of its own sees of a server.
	 */
	public static <T> T look(int port, Function<StringRedisTemplate, T> look) {
		LettuceConnectionFactory factory = connect(port);
		try {
			return look.apply(new StringRedisTemplate(factory));
		}
		finally {
			factory.destroy();
		}
	}

	/**
	 * Open a connection, which the caller destroys.
	 */
	public static LettuceConnectionFactory connect(int port) {
		LettuceConnectionFactory factory = new LettuceConnectionFactory("127.0.0.1", port);
		factory.afterPropertiesSet();
		factory.start();
		return factory;
	}

}
