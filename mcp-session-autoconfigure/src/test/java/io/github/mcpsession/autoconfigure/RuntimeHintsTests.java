package io.github.mcpsession.autoconfigure;

import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionRecordCodec;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.testing.TestApplication;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.spec.DefaultMcpStreamableServerSessionFactory;
import io.modelcontextprotocol.spec.McpSchema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.ai.mcp.server.webmvc.transport.WebMvcStreamableServerTransportProvider;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.core.io.support.SpringFactoriesLoader;
import org.springframework.javapoet.ClassName;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a native image needs.
 */
class RuntimeHintsTests {

	private final RuntimeHints hints = new RuntimeHints();

	RuntimeHintsTests() {
		ClassLoader classLoader = getClass().getClassLoader();
		SpringFactoriesLoader.forResourceLocation("META-INF/spring/aot.factories", classLoader)
			.load(RuntimeHintsRegistrar.class)
			.stream()
			.filter((registrar) -> registrar.getClass().getName().startsWith("io.github.mcpsession"))
			.forEach((registrar) -> registrar.registerHints(this.hints, classLoader));
	}

	@Test
	void privateMembersOfTheSessionFactory() {
		assertThat(Arrays.stream(DefaultMcpStreamableServerSessionFactory.class.getDeclaredFields())
			.filter((field) -> !Modifier.isStatic(field.getModifiers()))
			.map((field) -> field.getName())).contains("requestTimeout", "onClose");
		assertThat(
				List.of("requestTimeout", "requestHandlers", "notificationHandlers", "onClose", "jsonSchemaValidator"))
			.allSatisfy((name) -> assertThat(RuntimeHintsPredicates.reflection()
				.onFieldAccess(DefaultMcpStreamableServerSessionFactory.class, name)).accepts(this.hints));
	}

	@ParameterizedTest
	@ValueSource(classes = { HttpServletStreamableServerTransportProvider.class,
			WebMvcStreamableServerTransportProvider.class })
	void privateMembersOfTheTransports(Class<?> transport) {
		assertThat(List.of("sessions", "jsonMapper"))
			.allSatisfy((name) -> assertThat(RuntimeHintsPredicates.reflection().onFieldAccess(transport, name))
				.accepts(this.hints));
	}

	@ParameterizedTest
	@ValueSource(strings = { "h2", "postgresql", "mysql" })
	void schemaScripts(String platform) {
		String script = "io/github/mcpsession/jdbc/schema-" + platform + ".sql";
		assertThat(getClass().getClassLoader().getResource(script)).isNotNull();
		assertThat(RuntimeHintsPredicates.resource().forResource(script)).accepts(this.hints);
	}

	@ParameterizedTest
	@ValueSource(classes = { NodeMessage.class, Announcement.class, McpSchema.InitializeRequest.class,
			McpSchema.ClientCapabilities.class, McpSchema.ClientCapabilities.Elicitation.class,
			McpSchema.ClientCapabilities.Sampling.class, McpSchema.Implementation.class, McpSchema.JSONRPCRequest.class,
			McpSchema.JSONRPCNotification.class, McpSchema.JSONRPCResponse.class,
			McpSchema.JSONRPCResponse.JSONRPCError.class, McpSchema.ElicitResult.class })
	void jsonTypes(Class<?> type) {
		assertBinds(type);
	}

	@ParameterizedTest
	@ValueSource(classes = { SessionStore.class, ListableSessionStore.class, EventLog.class, NodeChannel.class })
	void proxiesThatGuardTheStore(Class<?> spi) {
		assertThat(RuntimeHintsPredicates.proxies().forInterfaces(spi)).accepts(this.hints);
		assertThat(spi.getMethods())
			.allSatisfy((method) -> assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(method))
				.accepts(this.hints));
	}

	@Test
	void theStoredDocument() {
		assertBinds(Arrays.stream(SessionRecordCodec.class.getDeclaredClasses())
			.filter(Class::isRecord)
			.findFirst()
			.orElseThrow());
		assertThat(RuntimeHintsPredicates.reflection().onType(McpSchema.LoggingLevel.class)).accepts(this.hints);
	}

	private void assertBinds(Class<?> type) {
		Class<?>[] components = Arrays.stream(type.getRecordComponents())
			.map(RecordComponent::getType)
			.toArray(Class<?>[]::new);
		assertThat(type.getRecordComponents()).allSatisfy((component) -> assertThat(
				RuntimeHintsPredicates.reflection().onMethodInvocation(component.getAccessor()))
			.accepts(this.hints));
		try {
			assertThat(RuntimeHintsPredicates.reflection()
				.onConstructorInvocation(type.getDeclaredConstructor(components))).accepts(this.hints);
		}
		catch (NoSuchMethodException ex) {
			throw new AssertionError(ex);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "memory", "redis", "jdbc" })
	void anApplicationCanBeProcessedAheadOfTime(String store) {
		DefaultGenerationContext generation = new DefaultGenerationContext(
				new ClassNameGenerator(ClassName.get("io.github.mcpsession", "Application")),
				new InMemoryGeneratedFiles());
		try (var context = new AnnotationConfigServletWebServerApplicationContext()) {
			TestPropertyValues
				.of("spring.ai.mcp.server.protocol=STREAMABLE", "mcp.session.store=" + store,
						"spring.datasource.url=jdbc:h2:mem:aot")
				.applyTo(context);
			context.register(TestApplication.class);
			new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
		}
		assertThat(RuntimeHintsPredicates.reflection()
			.onFieldAccess(WebMvcStreamableServerTransportProvider.class, "sessions"))
			.accepts(generation.getRuntimeHints());
	}

}
