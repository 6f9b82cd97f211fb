package io.github.mcpsession.server;

import java.lang.reflect.Field;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.server.McpNotificationHandler;
import io.modelcontextprotocol.server.McpRequestHandler;
import io.modelcontextprotocol.spec.DefaultMcpStreamableServerSessionFactory;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerSession;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.aop.framework.AopProxyUtils;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.util.ReflectionUtils;

/**
 * Reads what the MCP SDK keeps private and offers no public way to: the parts that its
 * session factory builds sessions from, the map in which a transport provider looks
 * sessions up, and what it writes JSON with. The only class that knows a private name of
 * the SDK; everything it needs is looked for at startup.
 */
final class SdkInternals {

	private static final String REQUEST_TIMEOUT = "requestTimeout";

	private static final String REQUEST_HANDLERS = "requestHandlers";

	private static final String NOTIFICATION_HANDLERS = "notificationHandlers";

	private static final String ON_CLOSE = "onClose";

	private static final String JSON_SCHEMA_VALIDATOR = "jsonSchemaValidator";

	private static final String SESSIONS = "sessions";

	private static final String SESSION_FACTORY = "sessionFactory";

	private static final String JSON_MAPPER = "jsonMapper";

	private static final String ENDPOINT = "mcpEndpoint";

	private SdkInternals() {
	}

	/**
	 * What the SDK builds sessions from.
	 *
	 * @param requestTimeout how long to wait for an answer of the client
	 * @param requestHandlers by method
	 * @param notificationHandlers by method
	 * @param onClose to be called with the session id when a session object is closed
	 * @param jsonSchemaValidator for elicitation, if there is one
	 */
	record SessionParts(Duration requestTimeout, Map<String, McpRequestHandler<?>> requestHandlers,
			Map<String, McpNotificationHandler> notificationHandlers, Function<String, Mono<Void>> onClose,
			@Nullable JsonSchemaValidator jsonSchemaValidator) {
	}

	static SessionParts partsOf(McpStreamableServerSession.Factory factory) {
		if (!(factory instanceof DefaultMcpStreamableServerSessionFactory)) {
			throw new UnsupportedSdkException("the session factory is a " + factory.getClass().getName(), version());
		}
		return new SessionParts(read(factory, REQUEST_TIMEOUT, Duration.class),
				read(factory, REQUEST_HANDLERS, Map.class), read(factory, NOTIFICATION_HANDLERS, Map.class),
				read(factory, ON_CLOSE, Function.class),
				readNullable(factory, JSON_SCHEMA_VALIDATOR, JsonSchemaValidator.class));
	}

	static ConcurrentMap<String, McpStreamableServerSession> sessionsOf(McpStreamableServerTransportProvider provider) {
		return read(targetOf(provider), SESSIONS, ConcurrentMap.class);
	}

	static McpJsonMapper jsonMapperOf(McpStreamableServerTransportProvider provider) {
		return read(targetOf(provider), JSON_MAPPER, McpJsonMapper.class);
	}

	/**
	 * The path that a transport was built with.
	 * @return the path, {@code null} for a transport that has none
	 */
	static @Nullable String endpointOf(McpStreamableServerTransportProvider provider) {
		Object transport = targetOf(provider);
		return (ReflectionUtils.findField(transport.getClass(), ENDPOINT, String.class) != null)
				? SdkInternals.<String>readNullable(transport, ENDPOINT, String.class) : null;
	}

	/**
	 * Whether an MCP server was built on a transport directly.
	 * @return whether it was, as far as can be seen
	 */
	static boolean hasServer(McpStreamableServerTransportProvider provider) {
		Object transport = targetOf(provider);
		return ReflectionUtils.findField(transport.getClass(), SESSION_FACTORY) == null
				|| readNullable(transport, SESSION_FACTORY, McpStreamableServerSession.Factory.class) != null;
	}

	/**
	 * A transport itself, where the bean is a proxy.
	 */
	private static Object targetOf(McpStreamableServerTransportProvider provider) {
		Object target = AopProxyUtils.getSingletonTarget(provider);
		return (target != null) ? target : provider;
	}

	/**
	 * The version of the SDK on the class path.
	 * @return the version, or "unknown"
	 */
	static String version() {
		String version = McpSchema.class.getPackage().getImplementationVersion();
		if (version != null) {
			return version;
		}
		String location = String.valueOf(McpSchema.class.getProtectionDomain().getCodeSource());
		int start = location.lastIndexOf("mcp-core-");
		int end = location.indexOf(".jar", Math.max(start, 0));
		return (start >= 0 && end > start) ? location.substring(start + "mcp-core-".length(), end) : "unknown";
	}

	@SuppressWarnings("unchecked")
	private static <T> T read(Object target, String name, Class<?> type) {
		Object value = readNullable(target, name, type);
		if (value == null) {
			throw missing(target, name, "is null");
		}
		return (T) value;
	}

	@SuppressWarnings("unchecked")
	private static <T> @Nullable T readNullable(Object target, String name, Class<?> type) {
		Field field = ReflectionUtils.findField(target.getClass(), name);
		if (field == null) {
			throw missing(target, name, "does not exist");
		}
		ReflectionUtils.makeAccessible(field);
		Object value = ReflectionUtils.getField(field, target);
		if (value != null && !type.isInstance(value)) {
			throw missing(target, name, "is a " + value.getClass().getName());
		}
		return (T) value;
	}

	private static UnsupportedSdkException missing(Object target, String name, String what) {
		return new UnsupportedSdkException("the field '" + name + "' of " + target.getClass().getName() + " " + what,
				version());
	}

	/**
	 * What a native image needs in order to read the same, of the transports that are
	 * known. One of the application's own needs hints of its own.
	 */
	static final class Hints implements RuntimeHintsRegistrar {

		private static final List<String> TRANSPORTS = List.of(
				"io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider",
				"org.springframework.ai.mcp.server.webmvc.transport.WebMvcStreamableServerTransportProvider");

		@Override
		public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
			hints.reflection()
				.registerType(DefaultMcpStreamableServerSessionFactory.class,
						(type) -> type.withField(REQUEST_TIMEOUT)
							.withField(REQUEST_HANDLERS)
							.withField(NOTIFICATION_HANDLERS)
							.withField(ON_CLOSE)
							.withField(JSON_SCHEMA_VALIDATOR));
			TRANSPORTS.forEach((transport) -> hints.reflection()
				.registerTypeIfPresent(classLoader, transport,
						(type) -> type.withField(SESSIONS)
							.withField(JSON_MAPPER)
							.withField(ENDPOINT)
							.withField(SESSION_FACTORY)));
		}

	}

}
