package io.github.mcpsession;

import java.time.Duration;
import java.util.List;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a node without clients costs its Redis.
 */
class IdleCostTests {

	private static final int SECONDS = 6;

	@Test
	void anIdleNodeSendsAtMostTwoCommandsASecond() throws Exception {
		int port = TestServers.freePort();
		RedisServer redis = TestServers.newRedis(port);
		redis.start();
		LettuceConnectionFactory connectionFactory = new LettuceConnectionFactory("127.0.0.1", port);
		connectionFactory.afterPropertiesSet();
		connectionFactory.start();
		try (Node node = Node.start("A", List.of("mcp.session.store=redis", "spring.data.redis.port=" + port));
				RedisConnection connection = connectionFactory.getConnection()) {
			await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
			long before = commands(connection);
			await().pollDelay(Duration.ofSeconds(SECONDS)).until(() -> true);
			long sent = commands(connection) - before - 1;
			System.out.printf("An idle node sent %d commands in %d s%n", sent, SECONDS);
			assertThat(sent).isLessThanOrEqualTo(2 * SECONDS);
		}
		finally {
			connectionFactory.destroy();
			redis.stop();
		}
	}

	private static long commands(RedisConnection connection) {
		return Long.parseLong(connection.serverCommands().info("stats").getProperty("total_commands_processed"));
	}

}
