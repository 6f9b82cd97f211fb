package io.github.mcpsession.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRestorer;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.SessionTransports;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.cluster.NodeSettings;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.jdbc.JdbcNodeChannel;
import io.github.mcpsession.jdbc.JdbcSessionStore;
import io.github.mcpsession.memory.MemoryNodeChannel;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.redis.RedisNodeChannel;
import io.github.mcpsession.redis.RedisSessionStore;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.server.NodeRuntime;
import io.github.mcpsession.session.SessionLimits;
import io.github.mcpsession.session.SessionSettings;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamSettings;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import io.github.mcpsession.testing.TestServers;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpServerTransportProviderBase;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import io.github.mcpsession.redis.McpSessionRedis;
import org.springframework.boot.jdbc.autoconfigure.DataSourcePoolMetadataProvidersConfiguration;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import tools.jackson.databind.json.JsonMapper;
import org.junit.jupiter.params.provider.ValueSource;
import io.github.mcpsession.server.SessionDrain;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.publisher.Mono;

import org.springframework.ai.mcp.server.common.autoconfigure.McpServerAutoConfiguration;
import org.springframework.ai.mcp.server.common.autoconfigure.McpServerJsonMapperAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.autoconfigure.McpServerSseWebMvcAutoConfiguration;
import org.springframework.ai.mcp.server.webmvc.autoconfigure.McpServerStreamableHttpWebMvcAutoConfiguration;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableWebApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.core.io.support.SpringFactoriesLoader.ArgumentResolver;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@ExtendWith(OutputCaptureExtension.class)
class McpSessionAutoConfigurationTests {

	private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class,
				McpSessionTransportAutoConfiguration.class, McpServerAutoConfiguration.class,
				McpServerJsonMapperAutoConfiguration.class, McpServerStreamableHttpWebMvcAutoConfiguration.class,
				McpServerSseWebMvcAutoConfiguration.class))
		.withPropertyValues("spring.ai.mcp.server.protocol=STREAMABLE");

	private final WebApplicationContextRunner redisRunner = this.runner
		.withConfiguration(AutoConfigurations.of(DataRedisAutoConfiguration.class))
		.withPropertyValues("mcp.session.store=redis");

	private final WebApplicationContextRunner jdbcRunner = this.runner
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
		.withPropertyValues("mcp.session.store=jdbc");

	@Test
	void byDefaultSessionsAreInMemory() {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(MemorySessionStore.class).hasSingleBean(SessionManager.class);
			assertThat(context.getBean(SessionManager.class).isUsingExternalStore()).isFalse();
			assertThat(context.getBean(McpServerTransportProviderBase.class))
				.isSameAs(context.getBean("mcpSessionTransportProvider"));
		});
	}

	@Test
	void aSessionOutlivesANight() {
		this.runner.run((context) -> assertThat(context.getBean(SessionSettings.class).timeout()).hasHours(24));
	}

	@Test
	void aSessionMayLiveForEver() {
		this.runner.withPropertyValues("mcp.session.timeout=-1").run((context) -> {
			SessionSettings settings = context.getBean(SessionSettings.class);
			assertThat(settings.timeout()).isGreaterThan(Duration.ofDays(10000));
			assertThat(settings.initialLife()).hasMinutes(10);
		});
	}

	@Test
	void nothingIsDrainedWhenATestContextIsPausedNorForAMockServer() {
		this.runner.run((context) -> {
			SessionDrain drain = context.getBean(SessionDrain.class);
			assertThat(drain.isPauseable()).isFalse();
			assertThat(drain).hasFieldOrPropertyWithValue("time", Duration.ZERO);
		});
		new WebApplicationContextRunner(AnnotationConfigServletWebServerApplicationContext::new)
			.withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class,
					McpSessionTransportAutoConfiguration.class, McpServerAutoConfiguration.class,
					McpServerJsonMapperAutoConfiguration.class, McpServerStreamableHttpWebMvcAutoConfiguration.class,
					TomcatServletWebServerAutoConfiguration.class))
			.withPropertyValues("spring.ai.mcp.server.protocol=STREAMABLE", "server.port=0")
			.run((context) -> assertThat(context.getBean(SessionDrain.class)).hasFieldOrPropertyWithValue("time",
					Duration.ofSeconds(1)));
	}

	@Test
	void aServerThatIsBuiltLaterIsNotReported(CapturedOutput output) {
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class))
			.withBean(HttpServletStreamableServerTransportProvider.class,
					() -> HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/mcp").build())
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("NOT stored").contains("No MCP server has been built yet");
	}

	@Test
	void aDurationWithoutAUnitIsInSeconds() {
		this.runner
			.withPropertyValues("mcp.session.timeout=1800", "mcp.session.max-age=90000",
					"mcp.session.validation-interval=2", "mcp.session.store-timeout=3", "mcp.session.drain-time=4",
					"mcp.session.local.idle-timeout=60", "mcp.session.cluster.heartbeat-interval=5",
					"mcp.session.cluster.node-timeout=20", "mcp.session.streams.retry=6",
					"mcp.session.streams.heartbeat-interval=7", "mcp.session.streams.retention=600")
			.run((context) -> {
				SessionSettings settings = context.getBean(SessionSettings.class);
				assertThat(settings.timeout()).hasMinutes(30);
				assertThat(settings.maxAge()).hasHours(25);
				assertThat(settings.validationInterval()).hasSeconds(2);
				assertThat(settings.storeTimeout()).hasSeconds(3);
				assertThat(settings.local().idleTimeout()).hasMinutes(1);
				assertThat(context.getBean(McpSessionProperties.class).drainTime()).hasSeconds(4);
				assertThat(context.getBean(NodeSettings.class).heartbeatInterval()).hasSeconds(5);
				assertThat(context.getBean(NodeSettings.class).nodeTimeout()).hasSeconds(20);
				StreamSettings streams = context.getBean(StreamSettings.class);
				assertThat(streams.retry()).hasSeconds(6);
				assertThat(streams.heartbeatInterval()).hasSeconds(7);
				assertThat(streams.limits().retention()).hasMinutes(10);
			});
		this.jdbcRunner.withPropertyValues("mcp.session.jdbc.cleanup-interval=90", "mcp.session.jdbc.poll-interval=1")
			.run((context) -> {
				McpSessionJdbcProperties properties = context.getBean(McpSessionJdbcProperties.class);
				assertThat(properties.getCleanupInterval()).hasSeconds(90);
				assertThat(properties.getPollInterval()).hasSeconds(1);
			});
	}

	@Test
	void inMemoryAlsoWhereThereAreRedisAndADataSource() {
		this.runner
			.withConfiguration(
					AutoConfigurations.of(DataRedisAutoConfiguration.class, DataSourceAutoConfiguration.class))
			.run((context) -> assertThat(context).hasSingleBean(MemorySessionStore.class));
	}

	@Test
	void inRedis() {
		this.redisRunner.run((context) -> {
			assertThat(context).hasSingleBean(RedisSessionStore.class).hasSingleBean(RedisConnectionFactory.class);
			assertThat(context.getBean(SessionManager.class).isUsingExternalStore()).isTrue();
			assertThat(context.getBean(SessionStore.class)).isInstanceOf(RedisSessionStore.class);
		});
	}

	@Test
	void inAnEmbeddedDatabaseThatIsInitialized() {
		this.jdbcRunner.run((context) -> {
			assertThat(context).hasSingleBean(JdbcSessionStore.class);
			assertThat(context.getBean(SessionStore.class).find("x")).isEmpty();
		});
	}

	@Test
	void aTableOfAnotherName() {
		this.jdbcRunner
			.withPropertyValues("mcp.session.jdbc.table-prefix=MY_", "spring.datasource.url=" + TestServers.newH2Url())
			.run((context) -> assertThat(JdbcClient.create(context.getBean(javax.sql.DataSource.class))
				.sql("SELECT COUNT(*) FROM MY_SESSION")
				.query(Integer.class)
				.single()).isZero());
	}

	@Test
	void aStoreOfTheApplicationReplacesOurs() {
		this.redisRunner.withUserConfiguration(OwnStore.class).run((context) -> {
			assertThat(context).hasSingleBean(SessionStore.class);
			assertThat(context.getBean(SessionStore.class)).isSameAs(context.getBean("ownStore"));
			assertThat(context).doesNotHaveBean(RedisSessionStore.class);
			assertThat(context.getBean(SessionManager.class).isUsingExternalStore()).isTrue();
		});
	}

	@Test
	void partsThatDoNotBelongTogetherAreReportedOnce(CapturedOutput output) {
		this.runner.withUserConfiguration(OwnStore.class).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output)
			.containsOnlyOnce("streams cannot be resumed on other nodes (declare an EventLog bean); replies and "
					+ "notifications do not reach other nodes (declare a NodeChannel bean)");
		this.redisRunner.withBean(MemoryNodeChannel.class).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output)
			.containsOnlyOnce("Sessions are kept by RedisSessionStore, streams by RedisEventLog, and nodes "
					+ "send messages by MemoryNodeChannel: replies and notifications do not reach other nodes");
		this.runner.withBean(OwnChannel.class).run((context) -> assertThat(context).hasNotFailed());
		assertThat(output)
			.containsOnlyOnce("OwnChannel: sessions are known to this node only (declare a SessionStore bean)");
	}

	@Test
	void partsThatBelongTogetherAreNoWarning(CapturedOutput output) {
		this.runner.run((context) -> assertThat(context).hasNotFailed());
		this.redisRunner.run((context) -> assertThat(context).hasNotFailed());
		this.jdbcRunner.run((context) -> assertThat(context).hasNotFailed());
		this.runner.withUserConfiguration(OwnStore.class)
			.withBean(OwnChannel.class)
			.withBean(OwnLog.class)
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).doesNotContain("nodes send messages by");
	}

	@Test
	void switchedOffNothingOfOursIsThere() {
		this.redisRunner.withPropertyValues("mcp.session.enabled=false").run((context) -> {
			assertThat(context).hasSingleBean(McpSyncServer.class);
			assertThat(context.getBeanDefinitionNames()).noneMatch((name) -> name.contains("mcpSession")
					|| name.contains("mcpsession") || name.contains("mcp.session"));
			assertThat(context.getBean(McpServerTransportProviderBase.class).getClass().getName())
				.startsWith("org.springframework.ai");
		});
	}

	@Test
	void outsideOfAServletApplicationNothingHappens() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class,
					McpSessionTransportAutoConfiguration.class))
			.withPropertyValues("mcp.session.store=redis")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SessionManager.class));
	}

	@Test
	void withoutAnMcpServerNothingHappens() {
		new WebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class,
					McpSessionTransportAutoConfiguration.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SessionManager.class));
	}

	@Test
	void propertiesReachTheirPlaces() {
		this.runner
			.withPropertyValues("mcp.session.timeout=10m", "mcp.session.unused-timeout=1m",
					"mcp.session.validation-interval=2s", "mcp.session.principal-binding=false",
					"mcp.session.store-timeout=700ms", "mcp.session.local.max-sessions=7",
					"mcp.session.local.idle-timeout=3m", "mcp.session.max-age=8h",
					"mcp.session.limits.max-initialize-size=1KB", "mcp.session.limits.max-attributes=2",
					"mcp.session.limits.max-attributes-size=3KB", "mcp.session.limits.max-subscriptions=4",
					"mcp.session.limits.max-sessions-per-principal=6", "mcp.session.limits.new-sessions-per-second=5",
					"mcp.session.caller-attributes.timeout=90", "mcp.session.caller-attributes.max-attributes=8",
					"mcp.session.caller-attributes.max-attributes-size=9KB")
			.run((context) -> assertThat(context.getBean(SessionSettings.class)).isEqualTo(new SessionSettings(
					Duration.ofMinutes(10), Duration.ofMinutes(1), Duration.ofHours(8), Duration.ofSeconds(2), false,
					Duration.ofMillis(700), new SessionSettings.Local(7, Duration.ofMinutes(3)),
					new SessionLimits(DataSize.ofKilobytes(1), 2, DataSize.ofKilobytes(3), 4, 6, 5),
					new SessionLimits.Callers(Duration.ofSeconds(90), 8, DataSize.ofKilobytes(9)))));
	}

	@Test
	void limitsThatProtectAServerAreOnByDefault() {
		this.runner.run((context) -> {
			SessionSettings settings = context.getBean(SessionSettings.class);
			assertThat(settings.maxAge()).isNull();
			assertThat(settings.limits()).isEqualTo(
					new SessionLimits(DataSize.ofMegabytes(1), 100, DataSize.ofKilobytes(256), 1000, null, null));
			assertThat(settings.callerAttributes())
				.isEqualTo(new SessionLimits.Callers(Duration.ofDays(30), 100, DataSize.ofKilobytes(256)));
		});
	}

	@ParameterizedTest
	@CsvSource({ "mcp.session.timeout,0s", "mcp.session.unused-timeout,0", "mcp.session.store-timeout,0s",
			"mcp.session.validation-interval,-1s", "mcp.session.local.max-sessions,0",
			"mcp.session.local.idle-timeout,0s", "mcp.session.cluster.heartbeat-interval,0s",
			"mcp.session.cluster.node-timeout,3s", "mcp.session.max-age,0s", "mcp.session.max-age,-1h",
			"mcp.session.limits.max-initialize-size,0", "mcp.session.limits.max-attributes,-1",
			"mcp.session.limits.max-attributes-size,-1B", "mcp.session.limits.max-subscriptions,-1",
			"mcp.session.limits.max-sessions-per-principal,0", "mcp.session.limits.new-sessions-per-second,0",
			"mcp.session.drain-time,-1s", "mcp.session.streams.heartbeat-interval,0s",
			"mcp.session.streams.retention,0s", "mcp.session.streams.retry,-1s",
			"mcp.session.streams.detachable-threads,0", "mcp.session.streams.max-events,0",
			"mcp.session.streams.max-size,0B", "mcp.session.caller-attributes.timeout,0s",
			"mcp.session.caller-attributes.max-attributes,-1",
			"mcp.session.caller-attributes.max-attributes-size,-1B" })
	void valuesThatMeanNothingFailAtStartup(String property, String value) {
		AtomicReference<Environment> environment = new AtomicReference<>();
		this.runner.withPropertyValues(property + "=" + value)
			.withInitializer((context) -> environment.set(context.getEnvironment()))
			.run((context) -> {
				assertThat(context).hasFailed();
				List<FailureAnalyzer> analyzers = SpringFactoriesLoader.forDefaultResourceLocation()
					.load(FailureAnalyzer.class, ArgumentResolver.of(Environment.class, environment.get()),
							(type, name, failure) -> {
							});
				assertThat(analyzers.stream()
					.map((analyzer) -> analyzer.analyze(context.getStartupFailure()))
					.filter(Objects::nonNull)
					.findFirst()
					.orElseThrow()
					.getDescription()).contains(property);
			});
	}

	@Test
	void aStoreThatCannotCountIsToldFromTheStart() {
		this.runner.withUserConfiguration(OwnStore.class)
			.withPropertyValues("mcp.session.limits.max-sessions-per-principal=3")
			.run((context) -> {
				assertThat(analysisOf(context).getDescription()).contains("max-sessions-per-principal", "cannot count");
				assertThat(analysisOf(context).getAction()).contains("ListableSessionStore");
			});
	}

	@Test
	void eachStoreBringsItsChannel() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(MemoryNodeChannel.class));
		this.redisRunner.run((context) -> assertThat(context).hasSingleBean(NodeChannel.class)
			.hasSingleBean(RedisNodeChannel.class));
		this.jdbcRunner.run(
				(context) -> assertThat(context).hasSingleBean(NodeChannel.class).hasSingleBean(JdbcNodeChannel.class));
	}

	@Test
	void howNodesTalkCanBeChanged() {
		this.runner
			.withPropertyValues("mcp.session.cluster.heartbeat-interval=1s", "mcp.session.cluster.node-timeout=5s",
					"mcp.session.namespace=n")
			.run((context) -> {
				assertThat(context.getBean(NodeSettings.class))
					.isEqualTo(new NodeSettings(Duration.ofSeconds(1), Duration.ofSeconds(5)));
				assertThat(context.getBean(NodeRuntime.class).namespace()).isEqualTo("n");
			});
	}

	@Test
	void keysAreMadeOfPrefixAndNamespace() {
		this.redisRunner
			.withPropertyValues("spring.data.redis.port=" + TestServers.redisPort(), "mcp.session.redis.key-prefix=p",
					"spring.application.name=app")
			.run((context) -> assertThat(keyOfNewSession(context)).startsWith("p:app:{"));
		this.redisRunner
			.withPropertyValues("spring.data.redis.port=" + TestServers.redisPort(), "mcp.session.redis.key-prefix=p",
					"spring.application.name=app", "mcp.session.namespace=n")
			.run((context) -> assertThat(keyOfNewSession(context)).startsWith("p:n:{"));
	}

	private static String keyOfNewSession(AssertableWebApplicationContext context) {
		return keyOfNewSession(context, context.getBean(RedisConnectionFactory.class));
	}

	private static String keyOfNewSession(AssertableWebApplicationContext context, RedisConnectionFactory redis) {
		SessionRecord session = SessionStoreContract.newSession();
		context.getBean(SessionStore.class).create(session, Duration.ofMinutes(1));
		return new StringRedisTemplate(redis).keys("*" + session.id() + "*").iterator().next();
	}

	@Test
	void redisWithoutSpringDataRedis() {
		this.runner.withPropertyValues("mcp.session.store=redis")
			.withClassLoader(new FilteredClassLoader("org.springframework.data.redis", "io.lettuce"))
			.run((context) -> {
				FailureAnalysis analysis = analysisOf(context);
				assertThat(analysis.getDescription()).contains("mcp.session.store").contains("spring-data-redis");
				assertThat(analysis.getAction()).contains("spring-boot-starter-data-redis");
			});
	}

	@Test
	void redisWithoutAConnectionFactory() {
		this.runner.withPropertyValues("mcp.session.store=redis").run((context) -> {
			FailureAnalysis analysis = analysisOf(context);
			assertThat(analysis.getDescription()).contains("mcp.session.store").contains("RedisConnectionFactory");
			assertThat(analysis.getAction()).contains("DataRedisAutoConfiguration");
		});
	}

	@Test
	void jdbcWithoutSpringJdbc() {
		this.runner.withPropertyValues("mcp.session.store=jdbc")
			.withClassLoader(new FilteredClassLoader("org.springframework.jdbc", "org.springframework.boot.jdbc"))
			.run((context) -> {
				FailureAnalysis analysis = analysisOf(context);
				assertThat(analysis.getDescription()).contains("mcp.session.store").contains("spring-jdbc");
				assertThat(analysis.getAction()).contains("spring-boot-starter-jdbc");
			});
	}

	@Test
	void jdbcWithoutADataSource() {
		this.runner.withPropertyValues("mcp.session.store=jdbc").run((context) -> {
			FailureAnalysis analysis = analysisOf(context);
			assertThat(analysis.getDescription()).contains("mcp.session.store").contains("DataSource");
			assertThat(analysis.getAction()).contains("spring.datasource.url");
		});
	}

	@Test
	void jdbcWithoutTheTable() {
		this.jdbcRunner
			.withPropertyValues("mcp.session.jdbc.initialize-schema=never",
					"spring.datasource.url=" + TestServers.newH2Url())
			.run((context) -> {
				FailureAnalysis analysis = analysisOf(context);
				assertThat(analysis.getDescription()).contains("MCP_SESSION");
				assertThat(analysis.getAction()).contains("mcp.session.jdbc.initialize-schema=always");
			});
	}

	@Test
	void aStoreWithoutAStreamableTransport() {
		this.redisRunner.withPropertyValues("spring.ai.mcp.server.protocol=SSE").run((context) -> {
			FailureAnalysis analysis = analysisOf(context);
			assertThat(analysis.getDescription()).contains("mcp.session.store").contains("Streamable HTTP");
			assertThat(analysis.getAction()).contains("spring.ai.mcp.server.protocol=STREAMABLE");
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "spring.ai.mcp.server.enabled=false", "spring.ai.mcp.server.stdio=true",
			"spring.ai.mcp.server.protocol=STATELESS" })
	void aServerThatHasNoSessionsStartsWithAStore(String property, CapturedOutput output) {
		this.redisRunner.withPropertyValues(property)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SessionManager.class));
		assertThat(output.getOut().lines().filter((line) -> line.contains("mcp.session.store"))).singleElement()
			.asString()
			.contains("INFO", "has no effect", property.split("=")[0]);
	}

	@Test
	void aWebFluxApplicationIsRefused() {
		new ReactiveWebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class,
					McpSessionTransportAutoConfiguration.class))
			.withBean(ForeignTransport.class)
			.withPropertyValues("mcp.session.store=memory")
			.run((context) -> {
				assertThat(context).hasFailed();
				FailureAnalysis analysis = new InvalidSessionConfigurationFailureAnalyzer()
					.analyze(context.getStartupFailure());
				assertThat(analysis.getDescription()).contains("WebFlux", "not supported");
				assertThat(analysis.getAction()).contains("mcp.session.enabled=false");
			});
	}

	@Test
	void anEarlierSpringBootIsRefused() {
		assertThatExceptionOfType(InvalidSessionConfigurationException.class)
			.isThrownBy(() -> SessionIdMaskListener.requireBoot4("3.5.6"))
			.withMessageContaining("needs Spring Boot 4")
			.withMessageContaining("3.5.6");
		SessionIdMaskListener.requireBoot4("4.0.0");
		SessionIdMaskListener.requireBoot4("10.0.0");
		SessionIdMaskListener.requireBoot4(null);
	}

	/**
	 * As in an image that was built ahead of time for another store than the one that is
	 * chosen when it runs.
	 */
	@Test
	void anotherStoreThanTheChosenOneIsReported(CapturedOutput output) {
		this.runner.withBean(MemorySessionStore.class)
			.withPropertyValues("mcp.session.store=redis")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("'mcp.session.store' is 'redis', but sessions are kept by MemorySessionStore");
	}

	@Test
	void ofSeveralRedisConnectionsOneIsForSessions() {
		this.runner.withPropertyValues("mcp.session.store=redis")
			.withUserConfiguration(TwoRedis.class)
			.run((context) -> {
				FailureAnalysis analysis = analysisOf(context);
				assertThat(analysis.getDescription()).contains("mcp.session.store", "several RedisConnectionFactory");
				assertThat(analysis.getAction()).contains("@McpSessionRedis", "@Primary");
			});
		this.runner.withPropertyValues("mcp.session.store=redis", "spring.application.name=app")
			.withUserConfiguration(TwoRedis.class, RedisForSessions.class)
			.run((context) -> assertThat(
					keyOfNewSession(context, context.getBean("sessions", RedisConnectionFactory.class)))
				.startsWith("mcp:session:app:"));
	}

	@Test
	void ofSeveralJsonMappersNoneIsTakenInSilence(CapturedOutput output) {
		this.runner.withBean("one", JsonMapper.class, JsonMapper::new)
			.withBean("two", JsonMapper.class, JsonMapper::new)
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output.getOut().lines().filter((line) -> line.contains("JsonMapper beans"))).singleElement()
			.asString()
			.contains("WARN", "one, two", "@Primary");
	}

	@Test
	void aPoolOfOneConnectionIsNotEnoughOnPostgreSql() {
		WebApplicationContextRunner postgres = this.jdbcRunner
			.withConfiguration(AutoConfigurations.of(DataSourcePoolMetadataProvidersConfiguration.class))
			.withPropertyValues("spring.datasource.url=" + TestServers.postgresUrl(),
					"mcp.session.jdbc.initialize-schema=always");
		postgres.withPropertyValues("spring.datasource.hikari.maximum-pool-size=1").run((context) -> {
			FailureAnalysis analysis = analysisOf(context);
			assertThat(analysis.getDescription()).contains("pool", "one connection", "PostgreSQL");
			assertThat(analysis.getAction()).contains("spring.datasource.hikari.maximum-pool-size");
		});
		postgres.withPropertyValues("spring.datasource.hikari.maximum-pool-size=2")
			.run((context) -> assertThat(context).hasNotFailed());
		this.jdbcRunner
			.withPropertyValues("spring.datasource.url=" + TestServers.newH2Url(),
					"spring.datasource.hikari.maximum-pool-size=1")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void anUnknownStore() {
		this.runner.withPropertyValues("mcp.session.store=mongo")
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("mongo"));
		this.runner.withPropertyValues("mcp.session.store=mongo")
			.run((context) -> assertThat(context).getFailure().hasStackTraceContaining(BindException.class.getName()));
	}

	@Test
	void anSdkThatDiffers() {
		this.runner.withUserConfiguration(ForeignFactory.class).run((context) -> {
			FailureAnalysis analysis = analysisOf(context);
			assertThat(analysis.getDescription()).contains("ForeignFactory");
			assertThat(analysis.getAction()).contains("2.0.0 to 2.1.0");
		});
	}

	@Test
	void aTransportWithoutTheMapOfSessions() {
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class))
			.withBean(ForeignTransport.class)
			.run((context) -> assertThat(analysisOf(context).getDescription()).contains("'sessions'")
				.contains("ForeignTransport"));
	}

	@Test
	void severalTransportsOfWhichNoneIsTheFirst() {
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class))
			.withBean("one", ForeignTransport.class)
			.withBean("two", ForeignTransport.class)
			.run((context) -> {
				FailureAnalysis analysis = analysisOf(context);
				assertThat(analysis.getDescription()).contains("several").contains("one, two");
				assertThat(analysis.getAction()).contains("defaultCandidate").contains("SessionTransports.manage");
			});
	}

	@Test
	void ofSeveralTransportsThatOfSpringAiIsTheFirst(CapturedOutput output) {
		this.runner.withBean("second", ForeignTransport.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(ManagedServers.class).defaultServer().transport())
				.isSameAs(context.getBean("webMvcStreamableServerTransportProvider"));
		});
		assertThat(output).contains("MCP sessions at /mcp are kept by")
			.contains("MCP sessions of the transport 'second' are NOT stored");
	}

	@Test
	void ofSeveralTransportsTheOnlyDefaultCandidateIsTheFirst(CapturedOutput output) {
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class))
			.withUserConfiguration(SeveralTransports.class)
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(context.getBean(ManagedServers.class).defaultServer().transport())
					.isSameAs(context.getBean("one"));
			});
		assertThat(output).contains("MCP sessions at /mcp are kept by")
			.contains("MCP sessions at /two are kept by")
			.contains("No MCP server has been built yet whose sessions at /three could be stored")
			.doesNotContain("NOT stored")
			.doesNotContain("MCP sessions of the transport");
	}

	@Test
	void aServerBuiltAroundUsIsReported(CapturedOutput output) {
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(McpSessionAutoConfiguration.class))
			.withUserConfiguration(BuiltAround.class)
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output).contains("NOT stored")
			.contains("inject McpStreamableServerTransportProvider (the interface) and not "
					+ "HttpServletStreamableServerTransportProvider");
	}

	@Test
	void aRestorerOfTheApplicationIsUsed() {
		this.runner.withBean(SessionRestorer.class, () -> (sessionId, store) -> {
			throw new SessionStoreException("not today", null);
		})
			.run((context) -> assertThatExceptionOfType(SessionStoreException.class)
				.isThrownBy(
						() -> context.getBean(ManagedServers.class).defaultServer().resolver().resolve("x", null, true))
				.withMessage("not today"));
	}

	private static FailureAnalysis analysisOf(AssertableWebApplicationContext context) {
		assertThat(context).hasFailed();
		Throwable failure = context.getStartupFailure();
		return Optional.ofNullable(new InvalidSessionConfigurationFailureAnalyzer().analyze(failure))
			.or(() -> Optional.ofNullable(new UnsupportedSdkFailureAnalyzer().analyze(failure)))
			.orElseThrow(() -> new AssertionError(failure));
	}

	@Configuration(proxyBeanMethods = false)
	static class TwoRedis {

		@Bean
		RedisConnectionFactory cache() {
			return new LettuceConnectionFactory("127.0.0.1", 1);
		}

		@Bean
		RedisConnectionFactory queue() {
			return new LettuceConnectionFactory("127.0.0.1", 1);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class RedisForSessions {

		@Bean(defaultCandidate = false)
		@McpSessionRedis
		RedisConnectionFactory sessions() {
			return new LettuceConnectionFactory("127.0.0.1", TestServers.redisPort());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnStore {

		@Bean
		SessionStore ownStore() {
			MemorySessionStore memory = new MemorySessionStore();
			return (SessionStore) java.lang.reflect.Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { SessionStore.class },
					(proxy, method, arguments) -> method.invoke(memory, arguments));
		}

	}

	static class OwnChannel implements NodeChannel {

		private final NodeChannel channel = new MemoryNodeChannel();

		@Override
		public boolean heartbeat(String node, Duration timeout) {
			return this.channel.heartbeat(node, timeout);
		}

		@Override
		public void leave(String node) {
			this.channel.leave(node);
		}

		@Override
		public Map<String, Duration> nodes() {
			return this.channel.nodes();
		}

		@Override
		public String secret() {
			return this.channel.secret();
		}

		@Override
		public boolean send(String node, String message) {
			return this.channel.send(node, message);
		}

		@Override
		public void sendToAll(String message) {
			this.channel.sendToAll(message);
		}

		@Override
		public List<String> receive(String node, Duration timeout) throws InterruptedException {
			return this.channel.receive(node, timeout);
		}

	}

	static class OwnLog implements EventLog {

		@Override
		public WriteResult write(String sessionId, StreamWrite write) {
			return WriteResult.GONE;
		}

		@Override
		public Optional<Replay> read(String sessionId, String stream, long after, int limit) {
			return Optional.empty();
		}

		@Override
		public Optional<StreamState> setReader(String sessionId, String stream, String reader) {
			return Optional.empty();
		}

		@Override
		public void delivered(String sessionId, String stream, long position, long announced) {
		}

		@Override
		public long announce(String topic, String message) {
			return 1;
		}

		@Override
		public List<Announcement> announcementsAfter(long number) {
			return List.of();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ForeignFactory {

		@Bean
		Object foreign(McpStreamableServerTransportProvider transport) {
			transport.setSessionFactory(new Factory());
			return new Object();
		}

		static class Factory implements McpStreamableServerSession.Factory {

			@Override
			public McpStreamableServerSession.McpStreamableServerSessionInit startSession(
					McpSchema.InitializeRequest request) {
				throw new UnsupportedOperationException();
			}

		}

	}

	static class ForeignTransport implements McpStreamableServerTransportProvider {

		@Override
		public void setSessionFactory(McpStreamableServerSession.Factory sessionFactory) {
		}

		@Override
		public Mono<Void> notifyClients(String method, Object params) {
			return Mono.empty();
		}

		@Override
		public Mono<Void> closeGracefully() {
			return Mono.empty();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SeveralTransports {

		@Bean
		HttpServletStreamableServerTransportProvider one() {
			return HttpServletStreamableServerTransportProvider.builder().build();
		}

		@Bean
		McpSyncServer firstServer(McpStreamableServerTransportProvider transport) {
			return McpServer.sync(transport).serverInfo("one", "1").build();
		}

		@Bean(defaultCandidate = false)
		HttpServletStreamableServerTransportProvider two() {
			return HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/two").build();
		}

		@Bean(defaultCandidate = false)
		McpSyncServer secondServer(SessionTransports sessions,
				@Qualifier("two") HttpServletStreamableServerTransportProvider two) {
			return McpServer.sync(sessions.manage("two", two)).serverInfo("two", "1").build();
		}

		@Bean(defaultCandidate = false)
		McpStreamableServerTransportProvider third(SessionTransports sessions) {
			return sessions.manage("/three",
					HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/three").build());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class BuiltAround {

		@Bean
		HttpServletStreamableServerTransportProvider transport() {
			return HttpServletStreamableServerTransportProvider.builder().build();
		}

		@Bean
		McpSyncServer server(HttpServletStreamableServerTransportProvider transport) {
			return McpServer.sync(transport).serverInfo("x", "1").build();
		}

	}

}
