package io.github.mcpsession.outage;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.server.NodeRuntime;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.OnBackends;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TcpProxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A node whose database becomes silent, read-only, or is away: it is back within seconds
 * of when the database can be used, and needs nobody to help.
 */
@OnBackends({ Backend.POSTGRESQL, Backend.MARIADB })
class DatabaseOutageTests {

	private static final Duration RECOVERY = Duration.ofSeconds(5);

	private static final int CLIENTS = 8;

	private static final String NAMESPACE = "database-outage";

	@Parameter
	private Backend backend;

	private TcpProxy line;

	private JdbcClient administrator;

	@BeforeEach
	void openLine() {
		this.line = new TcpProxy(server().getPort());
		this.administrator = JdbcClient.create(new DriverManagerDataSource(this.backend.url()
				+ ((this.backend == Backend.POSTGRESQL) ? "&options=-c%20default_transaction_read_only=off" : "")));
	}

	@AfterEach
	void closeLine() throws Exception {
		this.line.close();
	}

	private URI server() {
		return URI.create(this.backend.url().substring("jdbc:".length()));
	}

	private Node start(String... more) {
		URI server = server();
		String url = "jdbc:%s://127.0.0.1:%d%s?%s".formatted(server.getScheme(), this.line.port(), server.getPath(),
				server.getQuery());
		List<String> properties = new ArrayList<>(List.of("mcp.session.store=jdbc", "spring.datasource.url=" + url,
				"mcp.session.jdbc.initialize-schema=always", "mcp.session.namespace=" + NAMESPACE,
				"mcp.session.cluster.heartbeat-interval=500ms", "mcp.session.cluster.node-timeout=3s"));
		properties.addAll(List.of(more));
		return Node.start("A", properties);
	}

	private static void awaitUsable(Node node, Duration atMost) {
		await().atMost(atMost)
			.pollInterval(Duration.ofMillis(50))
			.until(() -> new RawClient().tryInitialize(node.uri()).statusCode() == 200);
	}

	/**
	 * Such that each connection of the pool is waiting for the database.
	 */
	@Test
	void aSilentHostIsLeftForOneThatResponds() throws Exception {
		ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
		AtomicBoolean done = new AtomicBoolean();
		try (Node node = start()) {
			List<RawClient> sessions = new ArrayList<>();
			for (int i = 0; i < CLIENTS; i++) {
				RawClient client = new RawClient().initialize(node.uri());
				sessions.add(client);
				clients.submit(() -> {
					while (!done.get()) {
						client.tryCall(node.uri(), "count");
					}
				});
			}
			await().until(
					() -> Integer.parseInt(sessions.get(0).call(node.uri(), "attribute", "{\"name\":\"count\"}")) > 20);
			this.line.silence();
			await().pollDelay(Duration.ofSeconds(5)).until(() -> true);
			assertThat(sessions.get(0).tryCall(node.uri(), "count").statusCode()).isNotEqualTo(404);
			this.line.heal();
			long start = System.nanoTime();
			awaitUsable(node, RECOVERY);
			await().atMost(RECOVERY).until(() -> sessions.stream().allMatch((client) -> isCounted(client, node)));
			await().atMost(RECOVERY)
				.ignoreExceptions()
				.until(() -> node.bean(NodeRuntime.class).nodes().containsKey(node.nodeName()));
			System.out.printf("%s silent: usable after %d ms%n", this.backend, (System.nanoTime() - start) / 1_000_000);
		}
		finally {
			done.set(true);
			clients.shutdownNow();
		}
	}

	private static boolean isCounted(RawClient client, Node node) {
		String body = client.tryCall(node.uri(), "count").body();
		return body.contains("\"isError\":false");
	}

	/**
	 * As after a failover in which the former primary lives on.
	 */
	@Test
	void aConnectionThatCannotWriteIsGivenUp() {
		try (Node node = start()) {
			RawClient client = new RawClient().initialize(node.uri());
			assertThat(client.call(node.uri(), "count")).isEqualTo("1");
			HikariDataSource pool = node.bean(HikariDataSource.class);
			letNewConnectionsWrite(false);
			await().until(() -> {
				// again and again: one that was just being opened is not evicted
				pool.getHikariPoolMXBean().softEvictConnections();
				return new RawClient().tryInitialize(node.uri()).statusCode() == 503;
			});
			await().until(() -> pool.getHikariPoolMXBean().getTotalConnections() > 0);
			letNewConnectionsWrite(true);
			long start = System.nanoTime();
			awaitUsable(node, RECOVERY);
			assertThat(client.call(node.uri(), "count")).isEqualTo("2");
			await().atMost(RECOVERY)
				.ignoreExceptions()
				.until(() -> node.bean(NodeRuntime.class).nodes().containsKey(node.nodeName()));
			System.out.printf("%s read-only: usable after %d ms%n", this.backend,
					(System.nanoTime() - start) / 1_000_000);
		}
		finally {
			letNewConnectionsWrite(true);
		}
	}

	private void letNewConnectionsWrite(boolean writable) {
		this.administrator
			.sql((this.backend == Backend.POSTGRESQL)
					? "ALTER DATABASE postgres SET default_transaction_read_only = " + (writable ? "off" : "on")
					: "SET GLOBAL tx_read_only = " + (writable ? 0 : 1))
			.update();
	}

	@Test
	void aDatabaseThatIsAwayAtTheStartIsWaitedFor() {
		this.line.cut();
		try (Node node = start("mcp.session.jdbc.table-prefix=LATE_")) {
			assertThat(new RawClient().tryInitialize(node.uri()).statusCode()).isEqualTo(503);
			this.line.heal();
			awaitUsable(node, RECOVERY);
			RawClient client = new RawClient().initialize(node.uri());
			assertThat(client.call(node.uri(), "count")).isEqualTo("1");
		}
	}

	/**
	 * As of a node that was frozen: its pool takes them for good, since they were used
	 * just before.
	 */
	@Test
	void connectionsThatDiedAreReplacedWithinTheRequest() {
		try (Node node = start("spring.datasource.hikari.maximum-pool-size=3",
				"logging.level.io.github.mcpsession=debug")) {
			RawClient client = new RawClient().initialize(node.uri());
			for (int i = 1; i <= 10; i++) {
				assertThat(client.call(node.uri(), "count")).isEqualTo(String.valueOf(i));
				this.line.cut();
				this.line.heal();
				assertThat(new RawClient().tryInitialize(node.uri()).statusCode()).isEqualTo(200);
			}
		}
	}

}
