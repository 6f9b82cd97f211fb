package io.github.mcpsession.load;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import redis.embedded.RedisServer;

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
		try (Node node = Node.start("A", List.of("mcp.session.store=redis", "spring.data.redis.port=" + port));
				Socket monitor = new Socket("127.0.0.1", port)) {
			await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
			monitor.getOutputStream().write("MONITOR\r\n".getBytes(StandardCharsets.US_ASCII));
			await().pollDelay(Duration.ofSeconds(SECONDS)).until(() -> true);
			byte[] seen = monitor.getInputStream().readNBytes(monitor.getInputStream().available());
			// what a script does within Redis is shown as "lua"
			List<String> commands = new String(seen, StandardCharsets.UTF_8).lines()
				.filter((line) -> line.contains("] \"") && !line.contains(" lua] "))
				.toList();
			System.out.printf("An idle node sent %d commands in %d s%n", commands.size(), SECONDS);
			assertThat(commands).hasSizeBetween(1, 2 * SECONDS);
		}
		finally {
			redis.stop();
		}
	}

}
