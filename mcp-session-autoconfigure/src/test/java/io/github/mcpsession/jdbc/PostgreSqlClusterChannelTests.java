package io.github.mcpsession.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class PostgreSqlClusterChannelTests extends JdbcClusterChannelContract {

	private static final Duration POLL_SELDOM = Duration.ofMinutes(10);

	private static final String LISTENERS = " FROM pg_stat_activity WHERE application_name = 'wake-up-tests'"
			+ " AND query = 'LISTEN mcp_session'";

	PostgreSqlClusterChannelTests() {
		super(TestServers.postgresUrl() + "&ApplicationName=wake-up-tests");
	}

	@Test
	void aReceiverIsWokenUpWithoutPolling() throws Exception {
		try (JdbcClusterChannel channel = create()) {
			channel.heartbeat(this.c, LONG);
			for (int i = 0; i < 3; i++) {
				CompletableFuture<List<String>> receiving = receiving(channel);
				await().pollDelay(Duration.ofMillis(300)).until(() -> true);
				if (i == 1) {
					this.channelOfA.sendToAll("m" + i);
				}
				else {
					assertThat(this.channelOfA.send(this.c, "m" + i)).isTrue();
				}
				await().atMost(Duration.ofSeconds(10)).until(receiving::isDone);
				assertThat(receiving.get()).containsExactly("m" + i);
			}
		}
	}

	@Test
	void aWakeUpConnectionThatBreaksIsReplaced() throws Exception {
		try (JdbcClusterChannel channel = create()) {
			channel.heartbeat(this.c, LONG);
			CompletableFuture<List<String>> receiving = receiving(channel);
			await().atMost(Duration.ofSeconds(10)).until(() -> endListeners() > 0);
			await().atMost(Duration.ofSeconds(20)).until(() -> listeners() > 0);
			assertThat(this.channelOfA.send(this.c, "m")).isTrue();
			await().atMost(Duration.ofSeconds(10)).until(receiving::isDone);
			assertThat(receiving.get()).containsExactly("m");
		}
		assertThat(listeners()).isZero();
	}

	private CompletableFuture<List<String>> receiving(JdbcClusterChannel channel) {
		return CompletableFuture.supplyAsync(() -> {
			try {
				return channel.receive(this.c, Duration.ofMinutes(2));
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	private JdbcClusterChannel create() {
		return new JdbcClusterChannel(this.dataSource, PREFIX, this.namespace, TIMEOUT, POLL_SELDOM);
	}

	private int endListeners() {
		return this.jdbc.sql("SELECT pg_terminate_backend(pid)" + LISTENERS).query(Boolean.class).list().size();
	}

	private int listeners() {
		return this.jdbc.sql("SELECT pid" + LISTENERS).query(Integer.class).list().size();
	}

}
