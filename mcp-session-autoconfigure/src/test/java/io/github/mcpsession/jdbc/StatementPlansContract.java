package io.github.mcpsession.jdbc;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.testing.Backend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.namedparam.NamedParameterUtils;
import org.springframework.util.ReflectionUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * No statement reads the rows of other sessions, however many there are: each is measured
 * with its parameters where it is executed, among many sessions, streams, events,
 * messages and announcements of others.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class StatementPlansContract {

	private static final String PREFIX = "PLANS_";

	private static final String NAMESPACE = "plans";

	private static final Duration TIMEOUT = Duration.ofSeconds(20);

	private static final Duration LONG = Duration.ofHours(1);

	private static final Duration SHORT = Duration.ofMillis(1);

	private static final StreamLimits LIMITS = new StreamLimits(10, 1000, LONG);

	private static final StreamLimits SHORT_RETENTION = new StreamLimits(10, 1000, SHORT);

	private static final Pattern SQL = Pattern.compile("^\\(?(SELECT|INSERT|UPDATE|DELETE) ");

	private static final int FEW_ROWS = 200;

	/**
	 * Of each statement, since measuring takes time.
	 */
	private static final int MEASURED_EXECUTIONS = 20;

	/**
	 * All announcements of an application may be read, and what PostgreSQL has not
	 * removed yet.
	 */
	private static final int ALL_TOPICS = 3 * EventLog.MAX_TOPICS;

	private final HikariDataSource dataSource;

	private final DataSource observed;

	private final JdbcTemplate jdbc;

	/**
	 * The most rows that an execution of a statement read, by statement.
	 */
	private final Map<String, Cost> costs = new TreeMap<>();

	private final Map<String, Integer> executions = new HashMap<>();

	StatementPlansContract(Backend backend) {
		this.dataSource = TestPools.open(backend, PREFIX);
		this.observed = StatementObserver.observe(this.dataSource, this::measure);
		this.jdbc = new JdbcTemplate(this.dataSource);
	}

	/**
	 * Execute a statement, and undo it.
	 * @return what it read
	 */
	protected abstract Cost execute(Connection connection, String sql, List<Object> parameters) throws SQLException;

	/**
	 * A table expression for the numbers from 1, in a column {@code I}.
	 */
	protected abstract String numbers(int count);

	/**
	 * How many streams each of 20,000 sessions of others has.
	 */
	protected int streamsPerSession() {
		return 2;
	}

	/**
	 * The statement that collects the statistics of a table.
	 */
	protected abstract String analyze(String table);

	private void measure(Connection connection, String sql, List<Object> parameters) throws SQLException {
		String statement = comparable(sql);
		if (this.executions.merge(statement, 1, Integer::sum) > MEASURED_EXECUTIONS) {
			return;
		}
		try {
			this.costs.merge(statement, execute(connection, sql, parameters),
					(one, other) -> (one.rows() >= other.rows()) ? one : other);
		}
		catch (SQLException ex) {
			// a key that exists fails here as it does when it is executed
			assertThat(ex.getSQLState()).as(ex.getMessage()).startsWith("23");
		}
	}

	@BeforeAll
	void fill() {
		CrowdedTables.NAMES.forEach((table) -> this.jdbc.execute("DROP TABLE IF EXISTS " + PREFIX + table));
		JdbcSessionStoreTests.initialize(this.dataSource, PREFIX);
		new CrowdedTables(this.jdbc, PREFIX, NAMESPACE, streamsPerSession(), this::numbers).fill();
		CrowdedTables.NAMES.forEach((table) -> this.jdbc.execute(analyze(PREFIX + table)));
	}

	private void insert(String what) {
		this.jdbc.update("INSERT INTO " + PREFIX + what);
	}

	@AfterAll
	void close() {
		this.dataSource.close();
	}

	@Test
	void noStatementReadsTheRowsOfOthers() throws Exception {
		useSessions();
		useEvents();
		useAnnouncements();
		useCluster();
		Set<String> statements = statements();
		assertThat(statements).hasSizeGreaterThan(40);
		assertThat(this.costs.keySet()).as("each statement was executed").containsAll(statements);
		List<String> expensive = new ArrayList<>();
		this.costs.forEach((statement, cost) -> {
			if (cost.rows() > (statement.contains("PLANS_ANNOUNCEMENT") ? ALL_TOPICS : FEW_ROWS)) {
				expensive.add(cost.rows() + " rows: " + statement + "\n" + cost.plan());
			}
		});
		assertThat(expensive).as("statements that read many rows").isEmpty();
	}

	private void useSessions() {
		JdbcSessionStore store = new JdbcSessionStore(this.observed, PREFIX, NAMESPACE, TIMEOUT);
		SessionRecord session = SessionStoreContract.newSession();
		assertThat(store.create(session, LONG)).isTrue();
		assertThat(store.create(session, LONG)).isFalse();
		SessionRecord found = store.find(session.id()).orElseThrow();
		assertThat(store.findVersion(session.id()).orElseThrow().number()).isOne();
		assertThat(store.replace(found.withAttribute("name", "\"value\""))).isTrue();
		assertThat(store.countByPrincipal("alice")).isOne();
		assertThat(store.list(null, 20).sessions()).hasSize(20);
		assertThat(store.list("other-session-5", 20).sessions()).hasSize(20);
		write(new JdbcEventLog(this.observed, PREFIX, NAMESPACE, TIMEOUT, LIMITS), session.id());
		assertThat(store.delete(session.id())).isTrue();
		assertThat(store.create(session, LONG)).isTrue();
		assertThat(store.touch(session.id(), SHORT)).isTrue();
		await().until(() -> store.find(session.id()).isEmpty());
		assertThat(store.takeExpired(100)).hasSize(1);
	}

	private void useEvents() throws Exception {
		JdbcSessionStore store = new JdbcSessionStore(this.dataSource, PREFIX, NAMESPACE, TIMEOUT);
		String session = SessionStoreContract.newSession().id();
		store.create(SessionStoreContract.newSession(), LONG);
		store.create(SessionRecord.create(session, SessionStoreContract.newSession().initializeRequest(), "2025-11-25",
				null), LONG);
		JdbcEventLog log = new JdbcEventLog(this.observed, PREFIX, NAMESPACE, TIMEOUT, LIMITS);
		write(log, session);
		assertThat(log.read(session, "call", 0, 0)).isPresent();
		assertThat(log.read(session, "call", 10, 100).orElseThrow().events()).isNotEmpty();
		assertThat(log.setReader(session, "call", "node")).isPresent();
		for (int i = 1; i <= 2 * LIMITS.maxEvents(); i++) {
			log.write(session, StreamWrite.toCall("call" + i, "node", "1", 1, "{}", true));
		}
		log.delivered(session, "listening", 1, 0);
		SessionRecord again = store.find(session).orElseThrow();
		assertThat(store.delete(session)).isTrue();
		assertThat(store.create(again, LONG)).isTrue();
		JdbcEventLog shortLived = new JdbcEventLog(this.observed, PREFIX, NAMESPACE, TIMEOUT, SHORT_RETENTION);
		write(shortLived, session);
		await().until(() -> shortLived.read(session, "call", 0, 0).isEmpty());
		write(shortLived, session);
		await().until(() -> shortLived.read(session, "call", 0, 0).isEmpty());
		assertThat(shortLived.deleteExpired(100)).isPositive();
	}

	private static void write(EventLog log, String session) {
		for (int i = 1; i <= 2 * LIMITS.maxEvents(); i++) {
			assertThat(log.write(session, StreamWrite.toCall("call", "node", "1", i, "{}", false)).written()).isTrue();
			assertThat(log.write(session, StreamWrite.toListener("listening", 0, "{}", false)).written()).isTrue();
		}
	}

	private void useAnnouncements() {
		JdbcEventLog log = new JdbcEventLog(this.observed, PREFIX, NAMESPACE, TIMEOUT, LIMITS);
		long first = log.announce("first", "{}");
		for (int i = 1; i <= 100; i++) {
			log.announce("topic" + i, "{}");
		}
		assertThat(log.announce("first", "{}")).isGreaterThan(first);
		assertThat(log.announcementsAfter(first)).hasSize(101);
		insert("ANNOUNCEMENT (NAMESPACE, TOPIC_HASH, NUMBER, TOPIC, MESSAGE) VALUES ('gone', 'x', 1, 'x', 'x')");
		assertThat(log.deleteExpired(100)).isOne();
	}

	private void useCluster() throws Exception {
		insert("NODE (NAMESPACE, NODE, JOINED_AT, EXPIRES_AT, SECRET) VALUES ('gone', 'dead', 1, 1, 'x')");
		insert("MESSAGE (NAMESPACE, NODE, CREATED_AT, MESSAGE) VALUES ('gone', 'dead', 1, 'x')");
		try (JdbcNodeChannel channel = new JdbcNodeChannel(this.observed, PREFIX, NAMESPACE, TIMEOUT, SHORT)) {
			channel.heartbeat("node", SHORT);
			await().until(() -> !channel.nodes().containsKey("node"));
			channel.heartbeat("node", LONG);
			channel.heartbeat("node", LONG);
			assertThat(channel.secret()).isNotEmpty();
			assertThat(channel.nodes()).containsKey("node");
			assertThat(channel.send("node", "x")).isTrue();
			channel.sendToAll("y");
			assertThat(channel.receive("node", LONG)).containsExactly("x", "y");
			channel.leave("node");
		}
	}

	/**
	 * What there is to execute, whether it was or not: the constants of this package that
	 * are SQL.
	 */
	private Set<String> statements() throws Exception {
		JdbcDatabase database = new JdbcDatabase(this.dataSource, PREFIX, TIMEOUT);
		Set<String> statements = new TreeSet<>();
		for (Resource file : new PathMatchingResourcePatternResolver()
			.getResources("classpath*:io/github/mcpsession/jdbc/*.class")) {
			String name = file.getFilename().replace(".class", "");
			Class<?> type = Class.forName("io.github.mcpsession.jdbc." + name, false,
					JdbcDatabase.class.getClassLoader());
			for (Field field : type.getDeclaredFields()) {
				if (field.getType() == String.class && Modifier.isStatic(field.getModifiers())
						&& isUsed(database, field)) {
					field.setAccessible(true);
					String text = (String) field.get(null);
					if (SQL.matcher(text).find()) {
						statements.add(
								comparable(NamedParameterUtils.substituteNamedParameters(database.fillIn(text), null)));
					}
				}
			}
		}
		return statements;
	}

	/**
	 * There may be one for PostgreSQL and one for the others.
	 */
	private static boolean isUsed(JdbcDatabase database, Field field) {
		boolean postgres = database.dialect() == JdbcDialect.POSTGRESQL;
		return field.getName().startsWith("POSTGRESQL_") ? postgres : !postgres
				|| ReflectionUtils.findField(field.getDeclaringClass(), "POSTGRESQL_" + field.getName()) == null;
	}

	/**
	 * A statement, however many values are in its lists.
	 */
	private static String comparable(String sql) {
		return sql.replaceAll("\\?(, \\?)+", "?");
	}

	/**
	 * What a statement read.
	 *
	 * @param rows how many rows, including those that were left out, and what else is as
	 * bad
	 * @param plan how the database did it
	 */
	record Cost(long rows, String plan) {
	}

}
