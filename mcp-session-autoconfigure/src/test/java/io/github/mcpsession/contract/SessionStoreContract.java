package io.github.mcpsession.contract;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.session.SessionLimits;
import io.github.mcpsession.session.SessionUpdater;
import io.github.mcpsession.session.StoredAttributes;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What every store must do. Extended once per backend, against the real server.
 */
public abstract class SessionStoreContract {

	private static final Duration LONG = Duration.ofMinutes(5);

	private static final Duration SHORT = Duration.ofMillis(300);

	protected SessionStore store;

	private SessionStore other;

	/**
	 * A store as another node would have it, on the same data.
	 */
	protected abstract SessionStore createStore();

	/**
	 * A store of another application on the same server.
	 */
	protected abstract SessionStore createStoreOfOtherNamespace();

	/**
	 * Whether the backend has any data with this id, expired or not, as seen without the
	 * store.
	 */
	protected abstract boolean hasData(String sessionId);

	/**
	 * Overwrite what the backend has of a session by something that is no record.
	 */
	protected abstract void corrupt(String sessionId);

	@BeforeEach
	void createStores() {
		this.store = createStore();
		this.other = createStore();
	}

	public static SessionRecord newSession() {
		return newSession("s-" + UUID.randomUUID());
	}

	private static SessionRecord newSession(String id) {
		McpSchema.ClientCapabilities capabilities = McpSchema.ClientCapabilities.builder()
			.elicitation()
			.sampling()
			.roots(true)
			.experimental(Map.of("x", Map.of("y", 1)))
			.build();
		return SessionRecord.create(id, new McpSchema.InitializeRequest("2025-11-25", capabilities,
				new McpSchema.Implementation("client", "1.2.3")), "2025-06-18", "alice");
	}

	@Test
	void theVersionOfASessionIsThatOfItsRecord() {
		SessionRecord session = newSession();
		assertThat(this.store.findVersion(session.id())).isEmpty();
		this.store.create(session, LONG);
		SessionRecord first = this.store.find(session.id()).orElseThrow();
		assertThat(this.other.findVersion(session.id())).contains(new SessionStore.Version(1, first.lastAccessedAt()));
		this.other.replace(first.withAttribute("k", "1"));
		assertThat(this.store.findVersion(session.id()).orElseThrow().number()).isEqualTo(2);
		this.store.touch(session.id(), SHORT);
		await().atMost(Duration.ofSeconds(10)).until(() -> this.store.findVersion(session.id()).isEmpty());
		this.store.create(session, LONG);
		this.other.delete(session.id());
		assertThat(this.store.findVersion(session.id())).isEmpty();
	}

	@Test
	void whatIsCreatedIsFoundByTheOtherNode() {
		SessionRecord session = newSession().withAttribute("name", "\"Zoë 🛒\"").withAttribute("n", "1.10");
		assertThat(this.store.create(session, LONG)).isTrue();
		SessionRecord found = this.other.find(session.id()).orElseThrow();
		assertThat(found.version()).isEqualTo(1);
		assertThat(found.initializeRequest()).isEqualTo(session.initializeRequest());
		assertThat(found.initializeRequest().capabilities().elicitation()).isNotNull();
		assertThat(found.initializeRequest().capabilities().sampling()).isNotNull();
		assertThat(found.protocolVersion()).isEqualTo("2025-06-18");
		assertThat(found.principal()).isEqualTo("alice");
		assertThat(found.attributes()).containsOnly(Map.entry("name", "\"Zoë 🛒\""), Map.entry("n", "1.10"));
		assertThat(found.loggingLevel()).isNull();
		assertThat(found.createdAt()).isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
		assertThat(found.lastAccessedAt()).isEqualTo(found.createdAt());
	}

	@Test
	void anUnknownSessionIsNotFoundAndNotChanged() {
		SessionRecord session = newSession();
		assertThat(this.store.find(session.id())).isEmpty();
		assertThat(this.store.replace(session)).isFalse();
		assertThat(this.store.touch(session.id(), LONG)).isFalse();
		assertThat(this.store.delete(session.id())).isFalse();
		assertThat(hasData(session.id())).isFalse();
	}

	@Test
	void anIdIsTakenOnlyOnce() {
		SessionRecord session = newSession();
		assertThat(this.store.create(session.withAttribute("by", "1"), LONG)).isTrue();
		assertThat(this.other.create(session.withAttribute("by", "2"), LONG)).isFalse();
		assertThat(this.store.find(session.id()).orElseThrow().attributes()).containsEntry("by", "1");
	}

	@Test
	void ofConcurrentFirstWritesOneWins() throws Exception {
		SessionRecord session = newSession();
		assertThat(inParallel(16, () -> this.store.create(session, LONG))).containsOnlyOnce(true);
	}

	@Test
	void aReplacementIsSeenByTheOtherNode() {
		SessionRecord session = create(newSession(), LONG);
		SessionRecord changed = session.withLoggingLevel(LoggingLevel.WARNING)
			.withSubscription("test://a", true)
			.withSubscription("test://b", true)
			.withSubscription("test://a", false)
			.withAttribute("k", "[1]");
		assertThat(this.store.replace(changed)).isTrue();
		SessionRecord found = this.other.find(session.id()).orElseThrow();
		assertThat(found.version()).isEqualTo(2);
		assertThat(found.loggingLevel()).isEqualTo(LoggingLevel.WARNING);
		assertThat(found.subscriptions()).isEqualTo(Set.of("test://b"));
		assertThat(found.attributes()).isEqualTo(Map.of("k", "[1]"));
		assertThat(found.createdAt()).isEqualTo(session.createdAt());
	}

	@Test
	void aReplacementOfAnOldVersionChangesNothing() {
		SessionRecord session = create(newSession(), LONG);
		assertThat(this.other.replace(session.withAttribute("by", "\"other\""))).isTrue();
		assertThat(this.store.replace(session.withAttribute("by", "\"this\""))).isFalse();
		assertThat(this.store.find(session.id()).orElseThrow().attributes()).containsEntry("by", "\"other\"");
	}

	@Test
	void ofConcurrentReplacementsOneWins() throws Exception {
		SessionRecord session = create(newSession(), LONG);
		assertThat(inParallel(16, () -> this.store.replace(session.withAttribute("k", "1")))).containsOnlyOnce(true);
		assertThat(this.store.find(session.id()).orElseThrow().version()).isEqualTo(2);
	}

	@Test
	void aDeletedSessionIsGoneAndNothingBringsItBack() {
		SessionRecord session = create(newSession(), LONG);
		assertThat(this.other.delete(session.id())).isTrue();
		assertThat(this.store.replace(session.withAttribute("k", "1"))).isFalse();
		assertThat(this.store.touch(session.id(), LONG)).isFalse();
		assertThat(this.store.find(session.id())).isEmpty();
		assertThat(this.store.delete(session.id())).isFalse();
		assertThat(hasData(session.id())).isFalse();
	}

	@Test
	void whileOthersWriteADeletionIsFinal() throws Exception {
		for (int round = 0; round < 20; round++) {
			SessionRecord session = create(newSession(), LONG);
			inParallel(4, () -> {
				SessionRecord current = session;
				for (int i = 0; i < 5; i++) {
					this.other.replace(current.withAttribute("i", String.valueOf(i)));
					this.store.touch(session.id(), LONG);
					current = this.store.find(session.id()).orElse(current);
					if (i == 2) {
						this.store.delete(session.id());
					}
				}
				return true;
			});
			assertThat(this.store.find(session.id())).isEmpty();
			assertThat(hasData(session.id())).isFalse();
		}
	}

	@Test
	void anIdleSessionExpiresAndNothingBringsItBack() {
		SessionRecord session = create(newSession(), SHORT);
		await().atMost(Duration.ofSeconds(5)).until(() -> this.store.find(session.id()).isEmpty());
		assertThat(this.other.replace(session.withAttribute("k", "1"))).isFalse();
		assertThat(this.other.touch(session.id(), LONG)).isFalse();
		assertThat(this.other.delete(session.id())).isFalse();
		assertThat(this.other.find(session.id())).isEmpty();
	}

	@Test
	void anExpiredIdCanBeTakenAgain() {
		SessionRecord session = create(newSession(), SHORT);
		await().atMost(Duration.ofSeconds(5)).until(() -> this.store.find(session.id()).isEmpty());
		assertThat(this.other.create(session.withAttribute("again", "true"), LONG)).isTrue();
		SessionRecord found = this.store.find(session.id()).orElseThrow();
		assertThat(found.version()).isEqualTo(1);
		assertThat(found.attributes()).containsKey("again");
	}

	@Test
	void aTouchedSessionLivesOnAndKeepsWhatItHas() {
		SessionRecord session = create(newSession(), SHORT);
		assertThat(this.other.replace(session.withAttribute("k", "1"))).isTrue();
		assertThat(this.other.touch(session.id(), LONG)).isTrue();
		await().pollDelay(SHORT.multipliedBy(2)).until(() -> true);
		SessionRecord found = this.store.find(session.id()).orElseThrow();
		assertThat(found.attributes()).containsEntry("k", "1");
		assertThat(found.version()).isEqualTo(2);
		assertThat(found.createdAt()).isEqualTo(session.createdAt());
		assertThat(found.lastAccessedAt()).isAfterOrEqualTo(session.createdAt());
	}

	@Test
	void aReplacementDoesNotPushTheIdleTimer() {
		SessionRecord session = create(newSession(), SHORT);
		assertThat(this.store.replace(session.withAttribute("k", "1"))).isTrue();
		await().atMost(Duration.ofSeconds(5)).until(() -> this.store.find(session.id()).isEmpty());
	}

	@Test
	void anUnreadableRecordIsNotFound() {
		SessionRecord session = create(newSession(), LONG);
		corrupt(session.id());
		assertThat(this.store.find(session.id())).isEmpty();
	}

	@Test
	void longIdsAndLargeRecordsFit() {
		SessionRecord session = newSession("~".repeat(256)).withAttribute("large", "\"" + "é".repeat(200_000) + "\"");
		this.store.delete(session.id());
		assertThat(this.store.create(session, LONG)).isTrue();
		assertThat(this.other.find(session.id()).orElseThrow().attributes()).isEqualTo(session.attributes());
		assertThat(this.store.delete(session.id())).isTrue();
	}

	@Test
	void idsAreToldApartToTheLetter() {
		String id = UUID.randomUUID().toString();
		create(newSession("A" + id), LONG);
		for (String alike : List.of("a" + id, "A" + id + "}", "{A" + id, "A" + id + ":x", "A" + id + "*", "A%")) {
			assertThat(this.store.find(alike)).isEmpty();
			assertThat(this.store.delete(alike)).isFalse();
		}
		assertThat(this.store.find("A" + id)).isPresent();
	}

	@Test
	void applicationsDoNotSeeEachOthersSessions() {
		SessionRecord session = create(newSession(), LONG);
		SessionStore foreign = createStoreOfOtherNamespace();
		assertThat(foreign.find(session.id())).isEmpty();
		assertThat(foreign.touch(session.id(), LONG)).isFalse();
		assertThat(foreign.replace(session)).isFalse();
		assertThat(foreign.delete(session.id())).isFalse();
		assertThat(this.store.find(session.id())).isPresent();
	}

	@Test
	void expiredDataDoesNotStay() {
		SessionRecord session = create(newSession(), SHORT);
		SessionRecord live = create(newSession(), LONG);
		await().atMost(Duration.ofSeconds(5)).until(() -> this.store.find(session.id()).isEmpty());
		while (!this.store.takeExpired(10).isEmpty()) {
			// there is more
		}
		assertThat(hasData(session.id())).isFalse();
		assertThat(this.store.find(live.id())).isPresent();
	}

	@Test
	void ofSeveralNodesOneTakesASessionThatHasExpired() throws Exception {
		List<SessionRecord> sessions = IntStream.range(0, 60)
			.mapToObj((i) -> create(newSession(), Duration.ofMillis(1)))
			.toList();
		await().until(() -> this.store.find(sessions.get(59).id()).isEmpty());
		SessionRecord ended = create(newSession(), LONG);
		assertThat(this.store.delete(ended.id())).isTrue();
		SessionRecord renewed = create(newSession(), Duration.ofMillis(300));
		assertThat(this.store.touch(renewed.id(), LONG)).isTrue();
		Thread.sleep(400);
		List<String> taken = inParallel(4, () -> {
			List<String> all = new ArrayList<>();
			List<String> some;
			do {
				some = this.store.takeExpired(10);
				all.addAll(some);
			}
			while (!some.isEmpty());
			return all;
		}).stream().flatMap(List::stream).toList();
		assertThat(taken).doesNotHaveDuplicates().doesNotContain(ended.id(), renewed.id());
		assertThat(taken).containsAll(sessions.stream().map(SessionRecord::id).toList());
		assertThat(sessions).noneMatch((session) -> hasData(session.id()));
	}

	@Test
	void ofWhatTwoNodesKeepForACallerAtOnceNothingIsLost() throws Exception {
		String caller = "caller-" + UUID.randomUUID();
		List<SessionAttributes> nodes = List.of(attributesOf(caller, this.store), attributesOf(caller, this.other));
		assertThat(nodes.get(0).get("n", Integer.class)).isEmpty();
		assertThat(nodes.get(0).remove("n")).isFalse();
		assertThat(hasData("~" + SessionIds.hash(caller))).isFalse();
		AtomicInteger next = new AtomicInteger();
		inParallel(4, () -> {
			SessionAttributes attributes = nodes.get(next.getAndIncrement() % 2);
			for (int i = 0; i < 25; i++) {
				attributes.update("n", Integer.class, (current) -> (current != null) ? current + 1 : 1);
			}
			return true;
		});
		for (SessionAttributes attributes : nodes) {
			assertThat(attributes.get("n", Integer.class)).hasValue(100);
		}
		assertThat(attributesOf(caller, createStoreOfOtherNamespace()).names()).isEmpty();
		nodes.get(1).put("list", List.of("Zoë 🛒"));
		assertThat(nodes.get(0).get("list", new ParameterizedTypeReference<List<String>>() {
		})).contains(List.of("Zoë 🛒"));
		assertThat(nodes.get(0).remove("n")).isTrue();
		assertThat(nodes.get(1).names()).containsExactly("list");
		assertThat(hasData("~" + SessionIds.hash(caller))).isTrue();
	}

	private static SessionAttributes attributesOf(String caller, SessionStore store) {
		return StoredAttributes.ofCaller(caller, store, new SessionUpdater(store), new JsonMapper(),
				new SessionLimits.Callers(LONG, 100, DataSize.ofKilobytes(256)), Runnable::run);
	}

	private SessionRecord create(SessionRecord session, Duration timeout) {
		assertThat(this.store.create(session, timeout)).isTrue();
		return this.store.find(session.id()).orElseGet(() -> session.stored(1, Instant.EPOCH, Instant.EPOCH));
	}

	private static <T> List<T> inParallel(int threads, Callable<T> task) throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		try {
			List<T> results = new ArrayList<>();
			for (Future<T> future : executor.invokeAll(java.util.Collections.nCopies(threads, task))) {
				results.add(future.get());
			}
			return results;
		}
		finally {
			executor.shutdownNow();
		}
	}

	/**
	 * Two nodes take turns.
	 */
	@Test
	void randomCallsDoWhatTheyDoToAModel() throws Exception {
		RandomCalls calls = new RandomCalls();
		SessionStoreModel model = new SessionStoreModel(calls.random());
		calls.run((i) -> model.step(calls.random().nextBoolean() ? this.store : this.other));
	}

}
