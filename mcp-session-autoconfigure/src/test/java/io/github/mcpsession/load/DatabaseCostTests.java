package io.github.mcpsession.load;

import java.util.ArrayList;
import java.util.List;

import io.github.mcpsession.jdbc.StatementCounter;
import io.github.mcpsession.jdbc.StatementObserver;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import io.github.mcpsession.testing.Tools;
import io.modelcontextprotocol.server.McpServerFeatures;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import javax.sql.DataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a call costs the database.
 */
class DatabaseCostTests {

	private static final StatementCounter COUNTER = new StatementCounter(
			(thread) -> thread.getName().startsWith("mcp-session-store"));

	@Test
	void aCallCostsFewRoundTrips() {
		try (Node node = Node.start(List.of(TestApplication.class, Observed.class), "A",
				TestServers.jdbcProperties(TestServers.postgresUrl()), "mcp.session.namespace=database-cost")) {
			RawClient client = new RawClient().initialize(node.uri());
			client.call(node.uri(), "node");
			List<List<String>> ofCalls = new ArrayList<>();
			for (int i = 1; i <= 20; i++) {
				COUNTER.reset();
				client.call(node.uri(), "node");
				ofCalls.add(List.copyOf(COUNTER.statements()));
			}
			// what the node does in the background falls into a few of them
			assertThat(ofCalls).filteredOn((statements) -> statements.size() == 1)
				.hasSizeGreaterThan(10)
				.allSatisfy((statements) -> assertThat(statements.get(0))
					.startsWith("SELECT VERSION, LAST_ACCESS_AT FROM MCP_SESSION"));
			assertThat(COUNTER.commits()).isZero();
			COUNTER.reset();
			client.call(node.uri(), "slow-progress");
			COUNTER.statements().forEach(System.out::println);
			System.out.println("counted commits: " + COUNTER.commits());
			assertThat(COUNTER.commits()).isLessThanOrEqualTo(2);
			assertThat(COUNTER.statements()).filteredOn((sql) -> sql.contains("FOR UPDATE")).hasSize(COUNTER.commits());
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Observed {

		@Bean
		static BeanPostProcessor observer() {
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return (bean instanceof DataSource pool) ? StatementObserver.observe(pool, COUNTER) : bean;
				}

			};
		}

		@Bean
		List<McpServerFeatures.SyncToolSpecification> progress() {
			return List.of(Tools.tool("slow-progress", (exchange, arguments) -> {
				exchange.loggingNotification(McpSchema.LoggingMessageNotification.builder()
					.level(McpSchema.LoggingLevel.ERROR)
					.data("half")
					.build());
				try {
					Thread.sleep(50);
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
				return "done";
			}));
		}

	}

}
