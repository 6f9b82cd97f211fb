package io.github.mcpsession.jdbc;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import io.github.mcpsession.testing.TcpProxy;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@OnBackends(Backend.POSTGRESQL)
class PostgreSqlNodeChannelTests extends JdbcNodeChannelTests {

	private static final Duration POLL_SELDOM = Duration.ofMinutes(10);

	private static final String LISTENERS = " FROM pg_stat_activity WHERE application_name = 'wake-up-tests'"
			+ " AND query = 'LISTEN mcp_session'";

	private HikariDataSource named;

	@BeforeParameterizedClassInvocation
	void openNamed() {
		this.named = TestPools.like(this.dataSource,
				(config) -> config.setJdbcUrl(config.getJdbcUrl() + "&ApplicationName=wake-up-tests"));
	}

	@AfterParameterizedClassInvocation
	void closeNamed() {
		this.named.close();
	}

	@Test
	void aReceiverIsWokenUpWithoutPolling() throws Exception {
		try (JdbcNodeChannel channel = create()) {
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
	void eachReceiverOfAChannelIsWokenUp() throws Exception {
		String d = newNode();
		try (JdbcNodeChannel channel = create()) {
			channel.heartbeat(this.c, LONG);
			channel.heartbeat(d, LONG);
			CompletableFuture<List<String>> receivingC = receiving(channel, this.c);
			CompletableFuture<List<String>> receivingD = receiving(channel, d);
			await().atMost(Duration.ofSeconds(10)).until(() -> listeners() == 2);
			this.channelOfA.sendToAll("m");
			await().atMost(Duration.ofSeconds(10)).until(() -> receivingC.isDone() && receivingD.isDone());
			channel.leave(d);
			assertThat(listeners()).isOne();
		}
		assertThat(listeners()).isZero();
	}

	@Test
	void aWakeUpConnectionThatBreaksIsReplaced() throws Exception {
		try (JdbcNodeChannel channel = create()) {
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

	@Test
	void aCutConnectionLosesNothing() throws Exception {
		URI server = URI.create(TestServers.postgresUrl().substring("jdbc:".length()));
		try (TcpProxy proxy = new TcpProxy(server.getPort()); HikariDataSource pool = new HikariDataSource()) {
			pool.setJdbcUrl("jdbc:postgresql://127.0.0.1:" + proxy.port() + server.getPath() + "?" + server.getQuery());
			pool.setConnectionTimeout(500);
			try (JdbcNodeChannel cut = new JdbcNodeChannel(pool, PREFIX, this.namespace, TIMEOUT, POLL_SELDOM)) {
				cut.heartbeat(this.c, LONG);
				Queue<String> received = new ConcurrentLinkedQueue<>();
				Thread receiver = receiveAll(cut, this.c, received);
				List<String> messages = IntStream.range(0, 600).mapToObj(String::valueOf).toList();
				for (int i = 0; i < messages.size(); i++) {
					switch (i) {
						case 200, 400 -> proxy.cut();
						case 300, 500 -> proxy.heal();
						default -> {
						}
					}
					assertThat(this.channelOfA.send(this.c, messages.get(i))).isTrue();
				}
				await().atMost(Duration.ofSeconds(20)).until(() -> received.contains("599"));
				assertThat(received.stream().distinct()).containsExactlyElementsOf(messages);
				receiver.interrupt();
				await().atMost(Duration.ofSeconds(10)).until(() -> !receiver.isAlive());
			}
		}
	}

	/**
	 * As on a server that is locked down, or one that only speaks like PostgreSQL.
	 */
	@Test
	void withoutPermissionToNotifyMessagesArriveByPolling() throws Exception {
		this.jdbc.sql("CREATE ROLE quiet LOGIN PASSWORD 'quiet'").update();
		this.jdbc.sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO quiet").update();
		this.jdbc.sql("REVOKE EXECUTE ON FUNCTION pg_notify(text, text) FROM PUBLIC").update();
		try (HikariDataSource pool = TestPools.like(this.dataSource, (config) -> {
			config.setJdbcUrl(config.getJdbcUrl().replaceFirst("user=[^&]*", "user=quiet&password=quiet"));
			config.setMaximumPoolSize(2);
		}); JdbcNodeChannel quiet = new JdbcNodeChannel(pool, PREFIX, this.namespace, TIMEOUT, Duration.ofMillis(50))) {
			quiet.heartbeat(this.c, LONG);
			CompletableFuture<List<String>> receiving = receiving(quiet);
			await().until(() -> listeners("quiet") == 1);
			assertThat(quiet.send(this.c, "to one")).isTrue();
			await().atMost(Duration.ofSeconds(3)).until(receiving::isDone);
			assertThat(receiving.get()).containsExactly("to one");
			quiet.sendToAll("to all");
			assertThat(quiet.receive(this.c, Duration.ofSeconds(3))).containsExactly("to all");
			assertThat(receive(this.channelOfB, this.b, 1)).containsExactly("to all");
		}
		finally {
			this.jdbc.sql("GRANT EXECUTE ON FUNCTION pg_notify(text, text) TO PUBLIC").update();
			this.jdbc.sql("DROP OWNED BY quiet").update();
			this.jdbc.sql("DROP ROLE quiet").update();
		}
	}

	private int listeners(String user) {
		return this.jdbc.sql("SELECT pid FROM pg_stat_activity WHERE usename = ? AND query = 'LISTEN mcp_session'")
			.param(user)
			.query(Integer.class)
			.list()
			.size();
	}

	private CompletableFuture<List<String>> receiving(JdbcNodeChannel channel) {
		return receiving(channel, this.c);
	}

	private static CompletableFuture<List<String>> receiving(JdbcNodeChannel channel, String node) {
		return CompletableFuture.supplyAsync(() -> {
			try {
				return channel.receive(node, Duration.ofMinutes(2));
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	private JdbcNodeChannel create() {
		return new JdbcNodeChannel(this.named, PREFIX, this.namespace, TIMEOUT, POLL_SELDOM);
	}

	private int endListeners() {
		return this.jdbc.sql("SELECT pg_terminate_backend(pid)" + LISTENERS).query(Boolean.class).list().size();
	}

	private int listeners() {
		return this.jdbc.sql("SELECT pid" + LISTENERS).query(Integer.class).list().size();
	}

}
