package io.github.mcpsession.security;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.MoreServers;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MarkerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a debug-level log shows of session ids, with both transports.
 */
class LoggedIdsTests {

	private static final List<String> FOREIGN = List.of("io.modelcontextprotocol", "org.springframework.ai.mcp");

	private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

	private final Map<String, Level> levels = new TreeMap<>();

	private final Events events = new Events();

	/**
	 * After a node was started, which may have had the configuration read again.
	 */
	private void logEverything() {
		for (String name : List.of("io.github.mcpsession", FOREIGN.get(0), FOREIGN.get(1))) {
			Logger logger = this.context.getLogger(name);
			this.levels.put(name, logger.getEffectiveLevel());
			logger.setLevel(Level.DEBUG);
		}
		Logger root = this.context.getLogger(Logger.ROOT_LOGGER_NAME);
		root.detachAppender(this.events);
		this.events.setContext(this.context);
		this.events.start();
		root.addAppender(this.events);
	}

	@AfterEach
	void logLess() {
		this.context.getLogger(Logger.ROOT_LOGGER_NAME).detachAppender(this.events);
		this.levels.forEach((name, level) -> this.context.getLogger(name).setLevel(level));
	}

	private static RawClient use(URI uri) {
		RawClient client = new RawClient().initialize(uri);
		client.request(uri, "tools/list", "{}");
		client.request(uri, "no/such/method", "{}");
		client.post(uri, "{\"jsonrpc\":\"2.0\",\"id\":\"" + client.sessionId() + "-0@none\",\"result\":{}}");
		EventStreamReader listening = client.listening(uri);
		client.request(uri, "ping", "{}");
		listening.cut();
		client.delete(uri);
		client.delete(uri);
		return client;
	}

	private List<String> messages() {
		return this.events.all.stream().map(ILoggingEvent::getFormattedMessage).toList();
	}

	@Test
	void noLineHasAWholeSessionId() {
		try (Node node = Node.start(List.of(TestApplication.class, MoreServers.class), "A", List.of())) {
			logEverything();
			for (String endpoint : List.of("/mcp", "/second", "/third")) {
				String id = use(node.uri().resolve(endpoint)).sessionId();
				assertThat(messages()).isNotEmpty().noneMatch((message) -> message.contains(id.substring(9)));
				assertThat(this.events.all).anySatisfy((event) -> {
					assertThat(event.getLoggerName()).startsWith(FOREIGN.get(0));
					assertThat(event.getFormattedMessage()).contains(SessionIds.mask(id));
				});
			}
		}
	}

	@Test
	void allElseOfALineStays() {
		try (Node node = Node.start("A", List.of())) {
			assertThat(node.uri()).isNotNull();
			logEverything();
			Logger logger = this.context.getLogger(FOREIGN.get(0) + ".Test");
			Logger other = this.context.getLogger("com.example.Test");
			String id = UUID.randomUUID().toString();
			IllegalStateException failure = new IllegalStateException("x");
			logger.warn(MarkerFactory.getMarker("MARK"), "{} failed: {}", id, "{}", failure);
			logger.warn("{}", new Object[] { id, failure });
			logger.warn("no id, {}", "an argument");
			logger.trace("off {}", id);
			other.error(id);
			this.context.getLogger("org.springframework.web.Test").error("GET /actuator/mcpsessions/{}", id);
			this.context.getLogger("org.springframework.web.Test").error("GET /orders/{}", id);
			List<ILoggingEvent> logged = this.events.all.stream()
				.filter((event) -> event.getLoggerName().endsWith(".Test"))
				.toList();
			assertThat(logged).extracting(ILoggingEvent::getFormattedMessage)
				.containsExactly(SessionIds.mask(id) + " failed: {}", SessionIds.mask(id), "no id, an argument", id,
						"GET /actuator/mcpsessions/" + SessionIds.mask(id), "GET /orders/" + id);
			ILoggingEvent masked = logged.get(0);
			assertThat(masked.getLevel()).isEqualTo(Level.WARN);
			assertThat(masked.getLoggerName()).isEqualTo(logger.getName());
			assertThat(masked.getMarkerList()).containsExactly(MarkerFactory.getMarker("MARK"));
			assertThat(masked.getThrowableProxy().getMessage()).isEqualTo("x");
			assertThat(masked.getCallerData()[0].getClassName()).isEqualTo(getClass().getName());
			assertThat(masked.getCallerData()[0].getMethodName()).isEqualTo("allElseOfALineStays");
			assertThat(logged.get(1).getThrowableProxy().getMessage()).isEqualTo("x");
			assertThat(logged.get(2).getArgumentArray()).containsExactly("an argument");
		}
	}

	@Test
	void itCanBeSwitchedOffAndOn() {
		String id = UUID.randomUUID().toString();
		for (boolean masks : List.of(false, true)) {
			try (Node node = Node.start("A", List.of(), "mcp.session.mask-logged-ids=" + masks,
					"spring.main.lazy-initialization=true")) {
				assertThat(node.uri()).isNotNull();
				logEverything();
				this.context.getLogger(FOREIGN.get(1) + ".Test").warn("Session {} masked: {}", id, masks);
			}
		}
		assertThat(messages()).contains("Session " + id + " masked: false",
				"Session " + SessionIds.mask(id) + " masked: true");
	}

	private static final class Events extends AppenderBase<ILoggingEvent> {

		private final List<ILoggingEvent> all = new CopyOnWriteArrayList<>();

		@Override
		protected void append(ILoggingEvent event) {
			event.prepareForDeferredProcessing();
			this.all.add(event);
		}

	}

}
