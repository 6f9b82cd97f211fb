package io.github.mcpsession.guard;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.memory.MemoryEventLog;
import io.github.mcpsession.memory.MemoryNodeChannel;
import io.github.mcpsession.memory.MemorySessionStore;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamWrite;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisReadOnlyException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.exceptions.JedisDataException;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.RedisSystemException;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.UncategorizedSQLException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class GuardedBackendTests {

	private final FaultyStore faulty = new FaultyStore();

	private final StoreGuard guard = new StoreGuard(Duration.ofMillis(300), SessionMetrics.NONE);

	private final SessionStore guarded = GuardedBackend.guard(this.faulty, this.guard);

	@AfterEach
	void close() {
		this.faulty.hanging.countDown();
		this.guard.close();
	}

	@Test
	void answersPassThrough() {
		SessionRecord session = SessionStoreContract.newSession();
		assertThat(this.guarded.create(session, Duration.ofMinutes(1))).isTrue();
		SessionRecord found = this.guarded.find(session.id()).orElseThrow();
		assertThat(this.guarded.replace(found.withAttribute("k", "1"))).isTrue();
		assertThat(this.guarded.touch(session.id(), Duration.ofMinutes(1))).isTrue();
		assertThat(this.guarded.delete(session.id())).isTrue();
		assertThat(this.guarded.find(session.id())).isEmpty();
	}

	@Test
	void whatCanListSessionsCanDoSoWhenGuarded() {
		assertThat(GuardedBackend.guard(this.faulty, this.guard)).isNotInstanceOf(ListableSessionStore.class);
		MemorySessionStore memory = new MemorySessionStore();
		memory.create(SessionStoreContract.newSession(), Duration.ofMinutes(1));
		ListableSessionStore listable = (ListableSessionStore) GuardedBackend.guard(memory, this.guard);
		assertThat(listable.list(null, 10).sessions()).hasSize(1);
		for (int i = 0; i < 10; i++) {
			assertThatIllegalArgumentException().isThrownBy(() -> listable.list("no cursor", 10));
		}
		SessionRecord session = listable.list(null, 10).sessions().get(0);
		assertThat(listable.touch(session.id(), Duration.ofMinutes(1))).isTrue();
		assertThat(listable.replace(session)).isTrue();
		assertThat(listable.find(session.id())).isPresent();
		assertThat(listable.create(session, Duration.ofMinutes(1))).isFalse();
		assertThat(listable.countByPrincipal("alice")).isOne();
		assertThat(listable.delete(session.id())).isTrue();
	}

	@Test
	void operationsHaveTheirNamesInMetrics() throws Exception {
		List<String> operations = new ArrayList<>();
		SessionMetrics metrics = new SessionMetrics() {
			@Override
			public Timing storeCall(String operation) {
				operations.add(operation);
				return SessionMetrics.NONE.storeCall(operation);
			}
		};
		MemorySessionStore memory = new MemorySessionStore();
		try (StoreGuard counting = new StoreGuard(Duration.ofSeconds(5), metrics)) {
			Backend backend = GuardedBackend.of(new Backend(memory,
					new MemoryEventLog(memory, new StreamLimits(1, 1, Duration.ofMinutes(1))), new MemoryNodeChannel()),
					counting);
			ListableSessionStore store = (ListableSessionStore) backend.store();
			store.find("x");
			store.countByPrincipal("x");
			EventLog log = backend.eventLog();
			log.write("x", StreamWrite.toListener("l", 0, "{}", false));
			log.read("x", "l", 0, 0);
			log.setReader("x", "l", null);
			log.delivered("x", "l", 0, 0);
			log.announce("x", "{}");
			log.announcementsAfter(0);
			backend.channel().heartbeat("a", Duration.ofSeconds(5));
			assertThat(backend.channel().send("a", "x")).isTrue();
			backend.channel().sendToAll("y");
			assertThat(operations).containsExactly("find", "count", "write-event", "read-events", "follow-stream",
					"note-delivery", "announce", "read-announcements", "heartbeat", "send", "send-to-all");
			assertThat(store.isCounting()).isTrue();
			assertThat(backend.channel().receive("a", Duration.ofSeconds(1))).containsExactly("x", "y");
			assertThat(store).isEqualTo(store).isNotEqualTo(memory).hasToString(memory.toString());
			assertThat(operations).hasSize(11);
		}
	}

	@Test
	void whileTheStoreHangsNobodyWaitsForLongerThanTheTimeout() {
		this.faulty.hang = true;
		ExecutorService executor = Executors.newFixedThreadPool(200);
		try {
			List<CompletableFuture<Duration>> calls = IntStream.range(0, 200)
				.mapToObj((i) -> CompletableFuture.supplyAsync(this::timeOfFailedCall, executor))
				.toList();
			assertThat(calls).allSatisfy((call) -> assertThat(call.join()).isLessThan(Duration.ofSeconds(2)));
			// by now most are not even tried
			assertThat(this.faulty.calls.get()).isLessThanOrEqualTo(40);
			assertThat(timeOfFailedCall()).isLessThan(Duration.ofMillis(600));
		}
		finally {
			executor.shutdownNow();
		}
	}

	private Duration timeOfFailedCall() {
		long start = System.nanoTime();
		assertThatExceptionOfType(SessionStoreException.class).isThrownBy(() -> this.guarded.find("x"));
		return Duration.ofNanos(System.nanoTime() - start);
	}

	@Test
	void whoMakesTwoCallsWaitsForOneOnly() {
		this.faulty.hang = true;
		assertThat(timeOfFailedCall()).isGreaterThanOrEqualTo(Duration.ofMillis(300));
		assertThat(timeOfFailedCall()).isLessThan(Duration.ofMillis(200));
	}

	@Test
	void backgroundTasksDoNotTakeTheThreadsThatTheirCallsNeed() throws Exception {
		CountDownLatch done = new CountDownLatch(300);
		AtomicInteger failed = new AtomicInteger();
		for (int i = 0; i < 300; i++) {
			this.guard.background(() -> {
				try {
					this.guarded.find("x");
				}
				catch (SessionStoreException ex) {
					failed.incrementAndGet();
				}
				done.countDown();
			});
		}
		assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(failed).hasValue(0);
	}

	@Test
	void aStoreThatIsBackIsUsedAgainAndBothAreLoggedOnce(CapturedOutput output) {
		this.faulty.failure = new IllegalStateException("down");
		for (int i = 0; i < 50; i++) {
			timeOfFailedCall();
		}
		assertThat(this.faulty.calls.get()).isLessThan(10);
		this.faulty.failure = null;
		await().atMost(Duration.ofSeconds(2)).ignoreExceptions().until(() -> this.guarded.find("x").isEmpty());
		assertThat(output.getOut().split("Session store unavailable", -1)).hasSize(2);
		assertThat(output.getOut().split("Session store available again", -1)).hasSize(2);
	}

	@Test
	void oneFailureAmongSuccessesIsNoOutage() {
		for (int i = 0; i < 20; i++) {
			this.faulty.failure = (i % 2 == 0) ? new IllegalStateException("blip") : null;
			if (i % 2 == 0) {
				timeOfFailedCall();
			}
			else {
				assertThat(this.guarded.find("x")).isEmpty();
			}
		}
	}

	@Test
	void aCallThatIsAtFaultItselfIsNoOutage() {
		this.faulty.failure = new IllegalArgumentException("too large");
		for (int i = 0; i < 10; i++) {
			timeOfFailedCall();
		}
		assertThat(this.faulty.calls.get()).isEqualTo(10);
	}

	@Test
	void aTimeOutWhileOthersSucceedIsNoOutage() throws Exception {
		this.faulty.hangingId = "slow";
		CompletableFuture<Duration> slow = CompletableFuture.supplyAsync(() -> timeOf(() -> this.guarded.find("slow")),
				(task) -> new Thread(task).start());
		while (!slow.isDone()) {
			assertThat(this.guarded.find("x")).isEmpty();
		}
		assertThat(slow.join()).isGreaterThanOrEqualTo(Duration.ofMillis(300));
		assertThat(this.guard.state()).isEqualTo(CircuitBreaker.State.CLOSED);
		assertThat(this.guarded.find("x")).isEmpty();
	}

	@Test
	void someFailuresInARowAreNoOutageIfTheNextCallSucceeds() {
		for (int i = 0; i < 10; i++) {
			this.faulty.failure = new IllegalStateException("blip");
			timeOfFailedCall();
			timeOfFailedCall();
			this.faulty.failure = null;
			assertThat(this.guarded.find("x")).isEmpty();
		}
	}

	/**
	 * As of thousands of virtual threads.
	 */
	@Test
	void moreCallsThanThereAreThreadsWaitForTheirTurn() {
		try (StoreGuard patient = new StoreGuard(Duration.ofSeconds(10), SessionMetrics.NONE)) {
			assertThat(callTogether(patient, 1500, 10)).isZero();
			assertThat(patient.state()).isEqualTo(CircuitBreaker.State.CLOSED);
		}
	}

	@Test
	void toHaveWaitedForAThreadInVainIsNoOutage() {
		assertThat(callTogether(this.guard, 500, 100)).isBetween(1, 499);
		assertThat(this.guard.state()).isEqualTo(CircuitBreaker.State.CLOSED);
		assertThat(this.guarded.find("x")).isEmpty();
	}

	/**
	 * How many of some calls fail that are made at once and take some time each.
	 */
	private static int callTogether(StoreGuard guard, int calls, long millis) {
		ExecutorService executor = Executors.newFixedThreadPool(calls);
		try {
			List<CompletableFuture<Integer>> failures = IntStream.range(0, calls)
				.mapToObj((i) -> CompletableFuture.supplyAsync(() -> {
					try {
						return guard.call("find", () -> sleep(millis));
					}
					catch (SessionStoreException ex) {
						return 1;
					}
				}, executor))
				.toList();
			return failures.stream().mapToInt(CompletableFuture::join).sum();
		}
		finally {
			executor.shutdownNow();
		}
	}

	private static int sleep(long millis) {
		try {
			Thread.sleep(millis);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		return 0;
	}

	@ParameterizedTest
	@ValueSource(strings = { "list", "count", "check" })
	void whatOperatorsAskForIsNoOutageOfRequests(String operation) {
		CountDownLatch never = new CountDownLatch(1);
		timeOf(() -> this.guard.call(operation, () -> hang(never)));
		assertThat(this.guarded.find("x")).isEmpty();
		for (int i = 0; i < 10; i++) {
			timeOf(() -> this.guard.call(operation, () -> {
				throw new IllegalStateException("down");
			}));
		}
		assertThat(this.guarded.find("x")).isEmpty();
	}

	private static boolean hang(CountDownLatch latch) {
		try {
			return latch.await(5, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			return false;
		}
	}

	@Test
	void eventsThatCannotBeWrittenAreNoOutageOfRequests() {
		AtomicInteger writes = new AtomicInteger();
		EventLog failing = (EventLog) java.lang.reflect.Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { EventLog.class }, (proxy, method, arguments) -> {
					writes.incrementAndGet();
					throw new IllegalStateException("down");
				});
		EventLog log = GuardedBackend.of(new Backend(this.faulty, failing, new MemoryNodeChannel()), this.guard)
			.eventLog();
		for (int i = 0; i < 30; i++) {
			timeOf(() -> log.write("x", StreamWrite.toListener("l", 0, "{}", false)));
			assertThat(this.guarded.find("x")).isEmpty();
		}
		// after some they are not even tried
		assertThat(writes.get()).isLessThan(15);
		this.faulty.failure = new IllegalStateException("down");
		for (int i = 0; i < 10; i++) {
			timeOfFailedCall();
		}
		int before = writes.get();
		timeOf(() -> log.write("x", StreamWrite.toListener("l", 0, "{}", false)));
		assertThat(writes.get()).isEqualTo(before);
	}

	static Stream<RuntimeException> answers() {
		return Stream.of(
				new RedisSystemException("Error in execution",
						new RedisCommandExecutionException("OOM command not allowed when used memory > 'maxmemory'.")),
				new RedisSystemException("Error in execution",
						new RedisCommandExecutionException("MISCONF Redis is configured to save RDB snapshots")),
				new RedisSystemException("Error in execution",
						new RedisReadOnlyException("READONLY You can't write against a read only replica.")),
				new InvalidDataAccessApiUsageException("OOM", new JedisDataException("OOM command not allowed")),
				new UncategorizedSQLException("write", "INSERT", new SQLException("No space left on device", "53100")),
				new UncategorizedSQLException("write", "INSERT", new SQLException("read-only transaction", "25006")),
				new UncategorizedSQLException("write", "INSERT",
						new SQLException("running with the --read-only option", "HY000", 1290)),
				new org.springframework.dao.QueryTimeoutException("wait for a row",
						new SQLException("canceling statement due to user request", "57014")));
	}

	@ParameterizedTest
	@MethodSource("answers")
	void anErrorThatTheStoreAnsweredIsNoOutageAndIsLoggedOnce(RuntimeException answer, CapturedOutput output) {
		for (int i = 0; i < 20; i++) {
			this.faulty.failure = answer;
			timeOfFailedCall();
			timeOfFailedCall();
			timeOfFailedCall();
			this.faulty.failure = null;
			assertThat(this.guarded.find("x")).isEmpty();
		}
		assertThat(this.faulty.calls.get()).isEqualTo(80);
		assertThat(output.getOut().lines().filter((line) -> line.contains(" WARN "))).singleElement()
			.asString()
			.contains(answer.getCause().getClass().getSimpleName(), answer.getCause().getMessage());
	}

	static Stream<RuntimeException> outages() {
		return Stream.of(new RedisConnectionFailureException("Unable to connect to Redis"),
				new RedisSystemException("Error in execution",
						new RedisCommandExecutionException("LOADING Redis is loading the dataset in memory")),
				new RedisSystemException("Error in execution",
						new RedisCommandExecutionException("CLUSTERDOWN The cluster is down")),
				new DataAccessResourceFailureException("commit", new SQLException("connection closed", "08006")),
				new DataAccessResourceFailureException("shutdown", new SQLException("terminating connection", "57P01")),
				new CannotGetJdbcConnectionException("Cannot connect",
						new SQLTransientConnectionException("not available", "28P01")));
	}

	@ParameterizedTest
	@MethodSource("outages")
	void aStoreThatCannotBeReachedIsAnOutage(RuntimeException failure) {
		this.faulty.failure = failure;
		for (int i = 0; i < 10; i++) {
			timeOfFailedCall();
		}
		assertThat(this.guard.state()).isEqualTo(CircuitBreaker.State.OPEN);
	}

	@Test
	void aGuardThatIsClosedDuringACallEndsItLikeAnyOther() throws Exception {
		this.faulty.hang = true;
		CompletableFuture<Throwable> failed = new CompletableFuture<>();
		new Thread(() -> {
			try {
				this.guarded.find("x");
			}
			catch (Throwable ex) {
				failed.complete(ex);
			}
		}).start();
		await().until(() -> this.faulty.calls.get() == 1);
		this.guard.close();
		assertThat(failed.get(5, TimeUnit.SECONDS)).isInstanceOf(SessionStoreException.class);
	}

	private static Duration timeOf(Runnable call) {
		long start = System.nanoTime();
		assertThatExceptionOfType(SessionStoreException.class).isThrownBy(call::run);
		return Duration.ofNanos(System.nanoTime() - start);
	}

	@Test
	void anInterruptedCallerStopsWaiting() throws Exception {
		this.faulty.hang = true;
		CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
		Thread caller = new Thread(() -> {
			timeOfFailedCall();
			interrupted.complete(Thread.currentThread().isInterrupted());
		});
		caller.start();
		await().until(() -> this.faulty.calls.get() == 1);
		caller.interrupt();
		assertThat(interrupted.join()).isTrue();
	}

	private static final class FaultyStore implements SessionStore {

		private final MemorySessionStore memory = new MemorySessionStore();

		private final AtomicInteger calls = new AtomicInteger();

		private final CountDownLatch hanging = new CountDownLatch(1);

		private volatile boolean hang;

		private volatile String hangingId = "";

		private volatile RuntimeException failure;

		private void fault() {
			this.calls.incrementAndGet();
			if (this.failure != null) {
				throw this.failure;
			}
			boolean interrupted = false;
			while (this.hang && this.hanging.getCount() > 0) {
				try {
					this.hanging.await();
				}
				catch (InterruptedException ex) {
					// like a socket read, which no interrupt ends
					interrupted = true;
				}
			}
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}

		@Override
		public boolean create(SessionRecord session, Duration idleTimeout) {
			fault();
			return this.memory.create(session, idleTimeout);
		}

		@Override
		public Optional<SessionRecord> find(String sessionId) {
			if (sessionId.equals(this.hangingId)) {
				hang(this.hanging);
			}
			fault();
			return this.memory.find(sessionId);
		}

		@Override
		public boolean replace(SessionRecord session) {
			fault();
			return this.memory.replace(session);
		}

		@Override
		public boolean touch(String sessionId, Duration idleTimeout) {
			fault();
			return this.memory.touch(sessionId, idleTimeout);
		}

		@Override
		public boolean delete(String sessionId) {
			fault();
			return this.memory.delete(sessionId);
		}

	}

}
