package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.ExpiryCleaner;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.contract.EventLogContract;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

/**
 * The contract on a database.
 */
@OnBackends({ Backend.H2, Backend.POSTGRESQL, Backend.POSTGRESQL_REPEATABLE_READ, Backend.MARIADB })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JdbcEventLogTests extends EventLogContract {

	private static final String PREFIX = "CONTRACT_";

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	@Parameter
	private Backend backend;

	private HikariDataSource dataSource;

	private JdbcClient jdbc;

	@BeforeParameterizedClassInvocation
	void openPool() {
		this.dataSource = TestPools.openInZone(this.backend, PREFIX);
		this.jdbc = JdbcClient.create(this.dataSource);
	}

	@AfterParameterizedClassInvocation
	void closeDataSource() {
		TestPools.close(this.dataSource);
	}

	@Override
	protected SessionStore createStore(String namespace) {
		return new JdbcSessionStore(this.dataSource, PREFIX, namespace, TIMEOUT);
	}

	@Override
	protected EventLog createLog(SessionStore store, String namespace, StreamLimits limits) {
		return createLog(this.dataSource, limits, namespace);
	}

	private static JdbcEventLog createLog(DataSource pool, StreamLimits limits, String namespace) {
		return new JdbcEventLog(pool, PREFIX, namespace, TIMEOUT, limits);
	}

	@Override
	protected long amountOfData(String namespace, String session) {
		return count("STREAM", namespace, session) + count("EVENT", namespace, session);
	}

	private long count(String table, String namespace, String session) {
		return this.jdbc.sql("SELECT COUNT(*) FROM " + PREFIX + table + " WHERE NAMESPACE = ? AND SESSION_ID = ?")
			.param(namespace)
			.param(session)
			.query(Long.class)
			.single();
	}

	private void expire(String table, String condition) {
		this.jdbc
			.sql("UPDATE " + PREFIX + table + " SET EXPIRES_AT = 1000 WHERE NAMESPACE = ? AND SESSION_ID = ? AND "
					+ condition)
			.param(this.namespace)
			.param(this.session)
			.update();
	}

	private static StreamWrite call(String stream, long position) {
		return StreamWrite.toCall(stream, "0123456789abcdef", "1", position, "{\"n\":" + position + "}", false);
	}

	private static StreamWrite listening() {
		return StreamWrite.toListener("l1", 0, "{}", false);
	}

	private static List<Long> positions(Replay replay) {
		return replay.events().stream().map(LoggedEvent::position).toList();
	}

	private static void cleanUpAll(ExpiryCleaner cleaner) {
		while (cleaner.deleteExpired(100) == 100) {
			// there may be more
		}
	}

	private JdbcEventLog cleaner() {
		return (JdbcEventLog) this.log;
	}

	@Test
	void eventsThatAreTooOldAreDeleted() {
		cleanUpAll(cleaner());
		for (int i = 1; i <= 5; i++) {
			this.log.write(this.session, call("c1", i));
			this.log.write(this.session, listening());
		}
		expire("EVENT", "POSITION <= 3");
		assertThat(positions(this.log.read(this.session, "c1", 0, 10).orElseThrow())).containsExactly(4L, 5L);
		assertThat(cleaner().deleteExpired(4)).isEqualTo(4);
		assertThat(count("EVENT", this.namespace, this.session)).isEqualTo(6);
		assertThat(cleaner().deleteExpired(100)).isGreaterThanOrEqualTo(2);
		assertThat(count("EVENT", this.namespace, this.session)).isEqualTo(4);
		assertThat(count("STREAM", this.namespace, this.session)).isEqualTo(2);
		assertThat(positions(this.log.read(this.session, "l1", 0, 10).orElseThrow())).containsExactly(4L, 5L);
	}

	@Test
	void streamsOfCallsThatAreTooOldAreDeletedByAnyApplication() {
		this.log.write(this.session, call("c1", 1));
		this.log.write(this.session, call("c2", 1));
		this.log.write(this.session, listening());
		expire("STREAM", "STREAM = 'c1'");
		expire("EVENT", "1 = 1");
		createLog(this.dataSource, LIMITS, "another").deleteExpired(100);
		assertThat(amountOfData(this.namespace, this.session)).isEqualTo(2);
		assertThat(this.log.read(this.session, "c1", 0, 10)).isEmpty();
		assertThat(this.log.read(this.session, "c2", 0, 10)).isPresent();
		assertThat(this.log.read(this.session, "l1", 0, 10).orElseThrow().state().last()).isOne();
	}

	@Test
	void aStreamThatIsTooOldBeginsAgain() {
		this.log.write(this.session, call("c1", 7));
		this.log.setReader(this.session, "c1", "node");
		expire("STREAM", "1 = 1");
		assertThat(this.log.setReader(this.session, "c1", "node")).isEmpty();
		assertThat(this.log.write(this.session, call("c1", 1))).isEqualTo(new WriteResult(true, 1, null));
		assertThat(positions(this.log.read(this.session, "c1", 0, 10).orElseThrow())).containsExactly(1L);
	}

	@Test
	void whatIsOverALimitIsDeleted() {
		EventLog small = createLog(this.dataSource, new StreamLimits(3, 1000, Duration.ofMinutes(5)), this.namespace);
		for (int i = 1; i <= 250; i++) {
			this.log.write(this.session, StreamWrite.toCall("c1", "node", "1", i, "1", false));
		}
		assertThat(count("EVENT", this.namespace, this.session)).isEqualTo(LIMITS.maxEvents());
		small.write(this.session, listening());
		assertThat(count("EVENT", this.namespace, this.session)).isEqualTo(3);
		small.write(this.session, call("c1", 251));
		assertThat(positions(small.read(this.session, "c1", 0, 10).orElseThrow())).containsExactly(250L, 251L);
	}

	@Test
	void aWriteIsOneTransaction() {
		StatementCounter counter = new StatementCounter((thread) -> true);
		EventLog counted = createLog(StatementObserver.observe(this.dataSource, counter), LIMITS, this.namespace);
		counter.reset();
		counted.write(this.session, StreamWrite.toCall("c1", "node", "1", 0, null, false));
		assertThat(counter.commits()).isOne();
		assertThat(counter.statements()).hasSize(3);
		for (int i = 1; i <= 3; i++) {
			counter.reset();
			counted.write(this.session, StreamWrite.toCall("c1", "node", "1", i, "{}", i == 3).delivered(true));
			assertThat(counter.commits()).isOne();
			assertThat(counter.statements()).hasSize(4);
		}
		counter.reset();
		counted.read(this.session, "c1", 0, 10);
		assertThat(counter.commits()).isZero();
		assertThat(counter.statements()).hasSize(1);
	}

	@Test
	void whatIsTooOldIsDeletedInFewTransactions() {
		cleanUpAll(cleaner());
		List<String> sessions = IntStream.range(0, 10).mapToObj((i) -> newSession(Duration.ofMinutes(5))).toList();
		for (String id : sessions) {
			for (int i = 0; i < 20; i++) {
				this.log.write(id, call("c" + i, 1));
			}
		}
		this.jdbc.sql("UPDATE CONTRACT_STREAM SET EXPIRES_AT = 1000 WHERE SESSION_ID IN (:sessions)")
			.param("sessions", sessions)
			.update();
		StatementCounter counter = new StatementCounter((thread) -> true);
		cleanUpAll(createLog(StatementObserver.observe(this.dataSource, counter), LIMITS, this.namespace));
		assertThat(sessions).allMatch((id) -> amountOfData(this.namespace, id) == 0);
		assertThat(counter.commits()).isLessThanOrEqualTo(4);
		this.jdbc.sql("UPDATE CONTRACT_SESSION SET EXPIRES_AT = 1000 WHERE SESSION_ID IN (:sessions)")
			.param("sessions", sessions)
			.update();
		counter.reset();
		assertThat(new JdbcSessionStore(StatementObserver.observe(this.dataSource, counter), PREFIX, this.namespace,
				TIMEOUT)
			.takeExpired(100)).hasSize(10);
		assertThat(counter.commits()).isOne();
	}

	/**
	 * As of a node that froze while it wrote.
	 */
	@Test
	void aSessionThatIsLockedIsCleanedUpLater() throws Exception {
		cleanUpAll(cleaner());
		String other = newSession(Duration.ofMinutes(5));
		this.log.write(this.session, call("c1", 1));
		this.log.write(other, call("c1", 1));
		this.jdbc.sql("UPDATE CONTRACT_STREAM SET EXPIRES_AT = 1000 WHERE SESSION_ID IN (:sessions)")
			.param("sessions", List.of(this.session, other))
			.update();
		try (Connection connection = this.dataSource.getConnection();
				PreparedStatement lock = connection.prepareStatement(
						"SELECT VERSION FROM CONTRACT_SESSION WHERE NAMESPACE = ? AND SESSION_ID = ? FOR UPDATE")) {
			connection.setAutoCommit(false);
			lock.setString(1, this.namespace);
			lock.setString(2, this.session);
			lock.executeQuery();
			cleanUpAll(cleaner());
			assertThat(amountOfData(this.namespace, other)).isZero();
			assertThat(amountOfData(this.namespace, this.session)).isEqualTo(2);
			connection.rollback();
		}
		cleanUpAll(cleaner());
		assertThat(amountOfData(this.namespace, this.session)).isZero();
	}

	@Test
	void deletingASessionLeavesNothingOfWritesThatRaceWithIt() throws Exception {
		ExecutorService writers = Executors.newFixedThreadPool(4);
		try {
			List<Callable<WriteResult>> tasks = IntStream.range(0, 4).mapToObj((i) -> (Callable<WriteResult>) () -> {
				for (int position = 1;; position++) {
					WriteResult result = this.log.write(this.session, call("c" + i + position % 7, position));
					if (!result.written()) {
						return result;
					}
				}
			}).toList();
			List<Future<WriteResult>> results = new ArrayList<>();
			tasks.forEach((task) -> results.add(writers.submit(task)));
			await().atMost(TIMEOUT).until(() -> count("EVENT", this.namespace, this.session) > 20);
			assertThat(this.store.delete(this.session)).isTrue();
			for (Future<WriteResult> result : results) {
				assertThat(result.get()).isEqualTo(WriteResult.GONE);
			}
			assertThat(amountOfData(this.namespace, this.session)).isZero();
		}
		finally {
			writers.shutdownNow();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "TRANSACTION_REPEATABLE_READ", "TRANSACTION_SERIALIZABLE" })
	void anyDefaultIsolationWillDo(String isolation) throws Exception {
		ExecutorService writers = Executors.newFixedThreadPool(6);
		try (HikariDataSource pool = TestPools.like(this.dataSource,
				(config) -> config.setTransactionIsolation(isolation))) {
			JdbcEventLog strict = createLog(pool, LIMITS, this.namespace);
			List<Callable<Long>> tasks = IntStream.range(0, 120).mapToObj((i) -> (Callable<Long>) () -> {
				strict.write(this.session, call("c" + i / 2, i + 1));
				return strict.write(this.session, listening()).last();
			}).toList();
			List<Long> taken = new ArrayList<>();
			for (Future<Long> result : writers.invokeAll(tasks)) {
				taken.add(result.get());
			}
			assertThat(taken).containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 120).boxed().toList());
			assertThat(count("EVENT", this.namespace, this.session)).isEqualTo(LIMITS.maxEvents());
			assertThat(strict.setReader(this.session, "l1", "node").orElseThrow().last()).isEqualTo(120);
			assertThat(strict.read(this.session, "l1", 119, 10).orElseThrow().events()).hasSize(1);
		}
		finally {
			writers.shutdownNow();
		}
	}

	/**
	 * Their rows lie side by side in the same index.
	 */
	@Test
	void manySessionsAreWrittenAndCleanedUpAtOnce() throws Exception {
		ExecutorService writers = Executors.newFixedThreadPool(8);
		EventLog small = createLog(this.dataSource, new StreamLimits(3, 1000, Duration.ofMillis(20)), this.namespace);
		try {
			List<String> sessions = IntStream.range(0, 6).mapToObj((i) -> newSession(Duration.ofMinutes(5))).toList();
			List<Callable<Boolean>> tasks = IntStream.range(0, 400).mapToObj((i) -> (Callable<Boolean>) () -> {
				String id = sessions.get(i % sessions.size());
				if (i % 10 == 0) {
					cleaner().deleteExpired(20);
				}
				if (i % 50 == 0) {
					String ended = newSession(Duration.ofMinutes(5));
					small.write(ended, call("c" + i, 1));
					assertThat(this.store.delete(ended)).isTrue();
				}
				small.delivered(id, "l" + i % 9, 1, 1);
				return small.write(id, call("c" + i, 1)).written() && small.write(id, listening()).written();
			}).toList();
			for (Future<Boolean> result : writers.invokeAll(tasks)) {
				assertThat(result.get()).isTrue();
			}
			for (String id : sessions) {
				assertThat(count("EVENT", this.namespace, id)).isLessThanOrEqualTo(3);
			}
		}
		finally {
			writers.shutdownNow();
		}
	}

	@Test
	void aPoolWithoutAutoCommitWillDo() {
		try (HikariDataSource pool = TestPools.withoutAutoCommit(this.dataSource)) {
			JdbcEventLog other = createLog(pool, LIMITS, this.namespace);
			assertThat(other.read(this.session, "c1", 0, 10)).isEmpty();
			other.write(this.session, call("c1", 1));
			assertThat(this.log.write(this.session, call("c1", 2)).last()).isEqualTo(2);
			assertThat(positions(other.read(this.session, "c1", 0, 10).orElseThrow())).containsExactly(1L, 2L);
			other.setReader(this.session, "c1", "node");
			assertThat(this.log.write(this.session, call("c1", 3)).reader()).isEqualTo("node");
			new JdbcSessionStore(pool, PREFIX, this.namespace, TIMEOUT).delete(this.session);
			assertThat(amountOfData(this.namespace, this.session)).isZero();
		}
	}

	private long announcements() {
		return this.jdbc.sql("SELECT COUNT(*) FROM CONTRACT_ANNOUNCEMENT WHERE NAMESPACE = ?")
			.param(this.namespace)
			.query(Long.class)
			.single();
	}

	private void setNumbers(long number) {
		this.jdbc.sql("UPDATE CONTRACT_ANNOUNCEMENT SET NUMBER = ? WHERE NAMESPACE = ?")
			.param(number)
			.param(this.namespace)
			.update();
	}

	@Test
	void topicsThatAreTooManyAreDeleted() {
		for (int i = 0; i < 2 * EventLog.MAX_TOPICS; i++) {
			this.log.announce("topic " + i, "{}");
		}
		assertThat(announcements()).isBetween((long) EventLog.MAX_TOPICS, EventLog.MAX_TOPICS + 200L);
	}

	@Test
	void announcementsThatAreTooOldAreDeleted() {
		long first = this.log.announce("a", "1");
		this.log.announce("b", "2");
		setNumbers(1000);
		assertThat(this.log.announcementsAfter(0)).isEmpty();
		while (((JdbcEventLog) createLog("another")).deleteExpired(2) == 2) {
			// there is more
		}
		assertThat(announcements()).isZero();
		long next = this.log.announce("c", "3");
		assertThat(next).isGreaterThan(first);
		assertThat(this.log.announcementsAfter(0)).containsExactly(new Announcement(next, "c", "3"));
	}

	@Test
	void aNumberIsHigherThanTheLastEvenIfTheClockIsNot() {
		this.log.announce("a", "1");
		long future = System.currentTimeMillis() + 1_000_000;
		setNumbers(future);
		assertThat(this.log.announce("b", "2")).isEqualTo(future + 1);
		assertThat(this.log.announce("a", "3")).isEqualTo(future + 2);
	}

	@Test
	void aLargeAnnouncementIsKeptWhole() {
		String message = "ü".repeat(500_000);
		long number = this.log.announce("a", message);
		assertThat(this.log.announcementsAfter(0)).containsExactly(new Announcement(number, "a", message));
	}

	@Test
	void aPoolWithoutAutoCommitWillDoForAnnouncements() {
		try (HikariDataSource pool = TestPools.withoutAutoCommit(this.dataSource)) {
			JdbcEventLog other = createLog(pool, LIMITS, this.namespace);
			assertThat(other.announcementsAfter(0)).isEmpty();
			long first = other.announce("a", "1");
			long second = this.log.announce("b", "2");
			assertThat(other.announcementsAfter(0)).extracting(Announcement::number).containsExactly(first, second);
		}
	}

	@Test
	void aMissingTableOfAnnouncementsIsToldFromTheStart() {
		JdbcSessionStoreTests.initialize(this.dataSource, "OLD_");
		this.jdbc.sql("DROP TABLE OLD_ANNOUNCEMENT").update();
		assertThatExceptionOfType(MissingTableException.class)
			.isThrownBy(() -> new JdbcEventLog(this.dataSource, "OLD_", "x", TIMEOUT, LIMITS))
			.withMessageContaining("OLD_ANNOUNCEMENT");
	}

	@Test
	void aMissingTableIsToldFromTheStart() {
		assertThatExceptionOfType(MissingTableException.class)
			.isThrownBy(() -> new JdbcEventLog(this.dataSource, "NONE_", "x", TIMEOUT, LIMITS))
			.withMessageContaining("NONE_SESSION");
	}

	@Test
	void aTablePrefixIsNoPlaceForSql() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new JdbcEventLog(this.dataSource, "X; DROP TABLE Y; --", "x", TIMEOUT, LIMITS));
	}

}
