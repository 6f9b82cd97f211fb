package io.github.mcpsession.autoconfigure;

import java.time.Duration;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.McpSessionDataSource;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;

import org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration;
import org.springframework.ai.mcp.server.common.autoconfigure.McpServerJsonMapperAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.autoconfigure.McpServerStreamableHttpWebMvcAutoConfiguration;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which of several databases sessions are kept in.
 */
class McpSessionDataSourceTests {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class,
				McpSessionTransportAutoConfiguration.class, McpServerAutoConfiguration.class,
				McpServerJsonMapperAutoConfiguration.class, McpServerStreamableHttpWebMvcAutoConfiguration.class,
				ConfigurationPropertiesAutoConfiguration.class))
		.withPropertyValues("sessions.datasource.jdbc-url=" + TestServers.newH2Url(),
				"spring.ai.mcp.server.protocol=STREAMABLE", "mcp.session.store=jdbc");

	@Test
	void theOneForSessionsBesideTheOneOfTheApplication() {
		this.runner.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
			.withUserConfiguration(ForSessions.class)
			.run((context) -> {
				DataSource application = context.getBean(DataSource.class);
				DataSource sessions = context.getBean("sessionDataSource", DataSource.class);
				assertThat(application).isNotSameAs(sessions);
				useAll(context);
				assertThat(tables(application)).isZero();
				assertThat(tables(sessions)).isEqualTo(6);
				for (String table : new String[] { "SESSION", "NODE", "STREAM", "EVENT", "ANNOUNCEMENT" }) {
					assertThat(JdbcClient.create(sessions)
						.sql("SELECT COUNT(*) FROM MCP_" + table)
						.query(Integer.class)
						.single()).as(table).isPositive();
				}
			});
	}

	@Test
	void theOneForSessionsAlone() {
		this.runner.withUserConfiguration(ForSessions.class).run((context) -> {
			useAll(context);
			assertThat(tables(context.getBean("sessionDataSource", DataSource.class))).isEqualTo(6);
		});
	}

	@Test
	void thePrimaryOne() {
		this.runner.withUserConfiguration(Two.class, PrimaryOne.class).run((context) -> {
			useAll(context);
			assertThat(tables(context.getBean("primary", DataSource.class))).isEqualTo(6);
			assertThat(tables(context.getBean("one", DataSource.class))).isZero();
		});
	}

	@Test
	void theOneForSessionsGoesBeforeThePrimaryOne() {
		this.runner.withUserConfiguration(Two.class, PrimaryOne.class, ForSessions.class).run((context) -> {
			useAll(context);
			assertThat(tables(context.getBean("sessionDataSource", DataSource.class))).isEqualTo(6);
			assertThat(tables(context.getBean("primary", DataSource.class))).isZero();
		});
	}

	@Test
	void noneOfSeveralIsTakenByChance() {
		this.runner.withUserConfiguration(Two.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(InvalidSessionConfigurationException.class)
				.hasMessageContaining("several DataSource beans"));
	}

	@Test
	void thePoolForSessionsDoesNotWaitLongForAHost() {
		this.runner.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
			.withUserConfiguration(ForSessions.class)
			.withPropertyValues("sessions.datasource.jdbc-url=jdbc:postgresql://127.0.0.1:1/none?connectTimeout=7",
					"spring.datasource.url=jdbc:mariadb://127.0.0.1:1/none")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean("sessionDataSource", HikariDataSource.class).getDataSourceProperties())
					.containsOnlyKeys("sslResponseTimeout");
				assertThat(context.getBean(HikariDataSource.class).getDataSourceProperties()).isEmpty();
			});
		this.runner.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
			.withPropertyValues("spring.datasource.url=jdbc:mariadb://127.0.0.1:1/none")
			.run((context) -> assertThat(context.getBean(HikariDataSource.class).getDataSourceProperties())
				.containsEntry("connectTimeout", "3000"));
	}

	private static void useAll(ApplicationContext context) {
		var session = SessionStoreContract.newSession();
		assertThat(context.getBean(SessionStore.class).create(session, MINUTE)).isTrue();
		context.getBean(NodeChannel.class).heartbeat("node", MINUTE);
		context.getBean(EventLog.class).announce("topic", "{}");
		assertThat(context.getBean(EventLog.class)
			.write(session.id(), StreamWrite.toCall("c1", "node", "1", 1, "{}", false))
			.written()).isTrue();
	}

	private static int tables(DataSource dataSource) {
		return JdbcClient.create(dataSource)
			.sql("SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME LIKE 'MCP@_%' ESCAPE '@'")
			.query(Integer.class)
			.single();
	}

	private static DataSource newDataSource() {
		return new SimpleDriverDataSource(new org.h2.Driver(), TestServers.newH2Url());
	}

	@Configuration(proxyBeanMethods = false)
	static class ForSessions {

		@Bean(defaultCandidate = false)
		@McpSessionDataSource
		@ConfigurationProperties("sessions.datasource")
		HikariDataSource sessionDataSource() {
			return new HikariDataSource();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Two {

		@Bean
		DataSource one() {
			return newDataSource();
		}

		@Bean
		@Qualifier("another")
		DataSource two() {
			return newDataSource();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PrimaryOne {

		@Bean
		@Primary
		DataSource primary() {
			return newDataSource();
		}

	}

}
