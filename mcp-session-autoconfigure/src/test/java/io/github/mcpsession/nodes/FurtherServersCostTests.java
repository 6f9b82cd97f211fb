package io.github.mcpsession.nodes;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.SessionTransports;
import io.github.mcpsession.server.NodeRuntime;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.github.mcpsession.testing.Tools;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What a second and a third MCP server in one application cost: no connection to the
 * store, no heartbeat, at most two threads each.
 */
class FurtherServersCostTests {

	private static final List<Class<?>> SOURCES = List.of(TestApplication.class, FurtherServers.class);

	private static final int MAX_THREADS_PER_SERVER = 2;

	/**
	 * Enough to fill the pools, whose threads come with the tasks.
	 */
	private static final int CALLS = 60;

	private static final String PREFIX = "mcp-session";

	/**
	 * What an application of some servers takes.
	 *
	 * @param connections to the store
	 * @param used connections that are taken from a pool while nothing happens
	 * @param nodes in the cluster
	 * @param threads the library's, by what their names begin with
	 * @param allThreads all of the JVM that were not there before
	 */
	private record Cost(int connections, int used, List<String> nodes, Map<String, Integer> threads, int allThreads) {

		/**
		 * Without those of the pool that makes a thread for each of its first tasks: it
		 * is one for all servers, and has four at most.
		 */
		int ownThreads() {
			return this.threads.values().stream().mapToInt(Integer::intValue).sum() - inBackground();
		}

		int otherThreads() {
			return this.allThreads - inBackground();
		}

		private int inBackground() {
			int threads = this.threads.getOrDefault("mcp-session-background", 0);
			assertThat(threads).isLessThanOrEqualTo(4);
			return threads;
		}

	}

	@Test
	void onRedis() {
		assertThatServersShare((servers) -> {
			String name = "servers-" + servers;
			List<String> properties = new ArrayList<>(TestServers.redisProperties());
			properties.addAll(List.of("mcp.session.namespace=" + name, "spring.data.redis.client-name=" + name));
			return cost(servers, properties, (node) -> {
				StringRedisTemplate redis = new StringRedisTemplate(node.bean(RedisConnectionFactory.class));
				long connections = redis.getClientList()
					.stream()
					.filter((client) -> name.equals(client.getName()))
					.count();
				Set<String> nodes = redis.opsForZSet().range("mcp:session:" + name + ":{cluster}:nodes", 0, -1);
				return new Cost((int) connections, 0, List.copyOf(nodes), Map.of(), 0);
			});
		});
	}

	@Test
	void onPostgreSql() {
		assertThatServersShare((servers) -> {
			String name = "servers-" + servers;
			List<String> properties = new ArrayList<>(
					TestServers.jdbcProperties(TestServers.postgresUrl() + "&ApplicationName=" + name));
			properties.add("mcp.session.namespace=" + name);
			return cost(servers, properties, (node) -> {
				HikariDataSource pool = node.bean(HikariDataSource.class);
				List<String> connections = query("SELECT pid::text FROM pg_stat_activity WHERE application_name = ?",
						name);
				List<String> nodes = query("SELECT node FROM mcp_node WHERE namespace = ?", name);
				return new Cost(connections.size(), pool.getHikariPoolMXBean().getActiveConnections(), nodes, Map.of(),
						0);
			});
		});
	}

	private static List<String> query(String sql, String parameter) {
		List<String> found = new ArrayList<>();
		try (Connection connection = DriverManager.getConnection(TestServers.postgresUrl());
				PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setString(1, parameter);
			ResultSet rows = statement.executeQuery();
			while (rows.next()) {
				found.add(rows.getString(1));
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
		return found;
	}

	private static void assertThatServersShare(IntFunction<Cost> cost) {
		// what the JVM has once, whoever asks for it first
		cost.apply(3);
		Cost one = cost.apply(1);
		for (int servers : List.of(2, 3)) {
			Cost more = cost.apply(servers);
			int further = servers - 1;
			assertThat(more.connections()).isEqualTo(one.connections());
			assertThat(more.used()).isEqualTo(one.used());
			assertThat(more.nodes()).hasSize(1);
			assertThat(more.ownThreads()).as("%s instead of %s", more, one)
				.isLessThanOrEqualTo(one.ownThreads() + further * MAX_THREADS_PER_SERVER);
			assertThat(more.otherThreads()).as("%s instead of %s", more, one)
				.isLessThanOrEqualTo(one.otherThreads() + further * MAX_THREADS_PER_SERVER);
		}
	}

	private static Cost cost(int servers, List<String> properties, Function<Node, Cost> inStore) {
		Set<Thread> before = Thread.getAllStackTraces().keySet();
		try (Node node = Node.start(SOURCES, "A", properties, "test.further-servers=" + (servers - 1))) {
			work(node, servers);
			String name = node.bean(NodeRuntime.class).nodeName();
			// at rest, with the pool filled
			Cost rest = await().during(Duration.ofSeconds(1))
				.atMost(Duration.ofSeconds(20))
				.until(() -> inStore.apply(node), (now) -> now.used() <= 1 && now.connections() > 0);
			assertThat(rest.nodes()).as("node %s", name).contains(name);
			List<String> threads = Thread.getAllStackTraces()
				.keySet()
				.stream()
				.filter((thread) -> !before.contains(thread))
				.map(Thread::getName)
				.filter((thread) -> !thread.startsWith("HttpClient"))
				.toList();
			Map<String, Integer> own = threads.stream()
				.filter((thread) -> thread.startsWith(PREFIX))
				.collect(Collectors.toMap((thread) -> thread.replaceFirst("-?\\d+$", ""), (thread) -> 1, Integer::sum,
						TreeMap::new));
			return new Cost(rest.connections(), rest.used(), rest.nodes(), own, threads.size());
		}
	}

	/**
	 * The same amount of work, whatever the number of servers that share it.
	 */
	private static void work(Node node, int servers) {
		List<URI> endpoints = IntStream.range(0, servers)
			.mapToObj((server) -> (server == 0) ? node.uri() : node.uri().resolve("/further" + server))
			.toList();
		List<RawClient> clients = endpoints.stream().map((endpoint) -> new RawClient().initialize(endpoint)).toList();
		List<EventStreamReader> streams = IntStream.range(0, servers)
			.mapToObj((server) -> clients.get(server).listening(endpoints.get(server)))
			.toList();
		streams.forEach((stream) -> stream.awaitEvents(1));
		for (int call = 0; call < CALLS; call++) {
			int server = call % servers;
			assertThat(clients.get(server).call(endpoints.get(server), "node")).isEqualTo("A");
		}
		streams.forEach(EventStreamReader::cut);
	}

	@Configuration(proxyBeanMethods = false)
	static class FurtherServers {

		private final List<HttpServletStreamableServerTransportProvider> transports;

		FurtherServers(@Value("${test.further-servers}") int servers) {
			this.transports = IntStream.rangeClosed(1, servers)
				.mapToObj((server) -> HttpServletStreamableServerTransportProvider.builder()
					.mcpEndpoint("/further" + server)
					.build())
				.toList();
		}

		@Bean
		ServletContextInitializer furtherServlets() {
			return (context) -> {
				for (int server = 1; server <= this.transports.size(); server++) {
					var servlet = context.addServlet("further" + server, this.transports.get(server - 1));
					servlet.addMapping("/further" + server);
					servlet.setAsyncSupported(true);
				}
			};
		}

		@Bean
		FurtherServerList furtherServers(SessionTransports sessions) {
			return new FurtherServerList(IntStream.rangeClosed(1, this.transports.size())
				.mapToObj((server) -> McpServer
					.sync(sessions.manage("/further" + server, this.transports.get(server - 1)))
					.serverInfo("further", "1")
					.capabilities(McpSchema.ServerCapabilities.builder().tools(true).build())
					.tools(Tools.tool("node", (exchange, arguments) -> "A"))
					.build())
				.toList());
		}

		record FurtherServerList(List<McpSyncServer> servers) {
		}

	}

}
