package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.contract.EventLogContract;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.LoggedEvent;
import io.github.mcpsession.stream.Replay;
import io.github.mcpsession.stream.StreamLimits;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.stream.WriteResult;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import io.lettuce.core.cluster.SlotHash;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The contract on a Redis.
 */
@OnBackends({ Backend.REDIS, Backend.REDIS_RESTRICTED, Backend.REDIS_CLUSTER })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisEventLogTests extends EventLogContract {

	private static final String OWNER = "node";

	@Parameter
	private Backend backend;

	private RedisTestConnection connection;

	private LettuceConnectionFactory connectionFactory;

	private StringRedisTemplate redis;

	@BeforeParameterizedClassInvocation
	void openConnection() {
		this.connection = RedisTestConnection.to(this.backend);
		this.connectionFactory = this.connection.sessions();
		this.redis = this.connection.template();
	}

	@AfterParameterizedClassInvocation
	void closeConnection() {
		this.connection.close();
	}

	@Override
	protected SessionStore createStore(String namespace) {
		return new RedisSessionStore(this.connectionFactory, "mcp:session", namespace);
	}

	@Override
	protected EventLog createLog(SessionStore store, String namespace, StreamLimits limits) {
		return new RedisEventLog(this.connectionFactory, "mcp:session", namespace, limits);
	}

	@Override
	protected long amountOfData(String namespace, String session) {
		String sessionKey = "mcp:session:" + namespace + ":{" + session + "}";
		Set<String> keys = new HashSet<>(this.redis.keys("*" + namespace + ":*" + session + "*"));
		keys.remove(sessionKey);
		return keys.size() + this.redis.opsForHash()
			.keys(sessionKey)
			.stream()
			.filter((field) -> field.toString().startsWith("stream:"))
			.count();
	}

	private String key() {
		return "mcp:session:" + this.namespace + ":{" + this.session + "}";
	}

	private static StreamWrite call(String stream, long position, String message) {
		return StreamWrite.toCall(stream, OWNER, "1", position, message, false);
	}

	private void writeToBothKinds() {
		this.log.write(this.session, call("c1", 1, "{}"));
		this.log.write(this.session, StreamWrite.toListener("l1", 0, "{}", false));
	}

	@Test
	void allKeysAreInOneSlotAndEnd() {
		writeToBothKinds();
		Set<String> keys = this.redis.keys("*" + this.session + "*");
		assertThat(keys).containsExactlyInAnyOrder(key(), key() + ":log", key() + ":order");
		assertThat(keys).allSatisfy((key) -> {
			assertThat(this.redis.getExpire(key)).isBetween(200L, 330L);
			assertThat(SlotHash.getSlot(key)).isEqualTo(SlotHash.getSlot(key()));
		});
		assertThat(this.redis.opsForHash().keys(key())).containsExactlyInAnyOrder("data", "version", "created",
				"accessed", "stream:l1");
		assertThat(this.store.find(this.session)).isPresent();
	}

	/**
	 * What is between the braces of a key decides on its slot, unless that is nothing.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "}", "}{", "{}", "%7D", "a}", "{", "%" })
	void allKeysOfAnOddIdAreInOneSlot(String beginning) {
		String id = beginning + this.session;
		List<String> keys = new RedisKeys("mcp:session", this.namespace).withLog(id);
		assertThat(keys).extracting(SlotHash::getSlot).containsOnly(SlotHash.getSlot(keys.get(0)));
		SessionRecord record = this.store.find(this.session).orElseThrow();
		this.store.create(SessionRecord.create(id, record.initializeRequest(), record.protocolVersion(), null),
				Duration.ofMinutes(5));
		assertThat(this.log.write(id, call("c1", 1, "{}")).written()).isTrue();
		assertThat(this.log.read(id, "c1", 0, 10).orElseThrow().events()).hasSize(1);
		assertThat(this.log.read(this.session, "c1", 0, 10)).isEmpty();
		assertThat(this.store.delete(id)).isTrue();
		assertThat(this.log.read(id, "c1", 0, 10)).isEmpty();
		assertThat(keys).noneMatch(this.redis::hasKey);
	}

	@Test
	void deletingTheSessionDeletesItsStreams() {
		writeToBothKinds();
		assertThat(this.store.delete(this.session)).isTrue();
		assertThat(this.redis.keys("*" + this.session + "*")).isEmpty();
		assertThat(this.store.delete(this.session)).isFalse();
	}

	@Test
	void ofAnExpiredSessionNothingIsRead() {
		writeToBothKinds();
		this.store.touch(this.session, Duration.ofMillis(50));
		await().atMost(Duration.ofSeconds(5)).until(() -> this.store.find(this.session).isEmpty());
		assertThat(this.redis.keys("*" + this.session + "*")).isEmpty();
		assertThat(this.log.read(this.session, "c1", 0, 10)).isEmpty();
		assertThat(this.log.setReader(this.session, "c1", "x")).isEmpty();
		this.log.delivered(this.session, "l1", 1, 1);
		assertThat(this.redis.hasKey(key())).isFalse();
	}

	@Test
	void aRedisThatForgotTheScriptsIsToldAgain() {
		writeToBothKinds();
		this.redis.execute((RedisCallback<Void>) (connection) -> {
			connection.scriptingCommands().scriptFlush();
			return null;
		});
		assertThat(this.log.read(this.session, "c1", 0, 10).orElseThrow().events()).hasSize(1);
		assertThat(this.log.write(this.session, call("c1", 2, "{}")).written()).isTrue();
	}

	@Test
	void numbersOfFifteenDigitsAreExact() {
		long large = 999_999_999_999_998L;
		this.log.write(this.session, call("c1", large, "1"));
		assertThat(this.log.write(this.session, call("c1", large, "2")).written()).isFalse();
		assertThat(this.log.write(this.session, call("c1", large + 1, "3")))
			.isEqualTo(new WriteResult(true, large + 1, null));
		assertThat(this.log.read(this.session, "c1", large, 10).orElseThrow().events())
			.containsExactly(new LoggedEvent(large + 1, "3"));
		this.log.write(this.session, StreamWrite.toListener("l1", 99_999_999, null, false));
		assertThat(this.log.write(this.session, StreamWrite.toListener("l1", 899_999_999, "1", false)).last())
			.isEqualTo(999_999_999);
		assertThat(this.log.write(this.session, StreamWrite.toListener("l1", 0, "2", false)).last())
			.isEqualTo(1_000_000_000);
		assertThat(this.log.write(this.session, StreamWrite.toListener("l1", large - 1_000_000_001, "3", true)).last())
			.isEqualTo(large);
		assertThat(this.log.write(this.session, StreamWrite.toListener("l1", 0, "4", true)).last())
			.isEqualTo(large + 1);
		this.log.delivered(this.session, "l1", large, large + 1);
		this.log.delivered(this.session, "l1", 0, large);
		assertThat(this.log.read(this.session, "l1", large, 10))
			.contains(new Replay(new StreamState(null, null, large + 1, false, null, large + 1, large + 1),
					List.of(new LoggedEvent(large + 1, "4"))));
	}

	@Test
	void aLongLogIsReadInPages() {
		EventLog large = createLog(this.store, this.namespace,
				new StreamLimits(1000, 1_000_000, Duration.ofMinutes(5)));
		for (int i = 1; i <= 160; i++) {
			large.write(this.session, call("c1", i, "c" + i));
			large.write(this.session, call("c2", i, "d" + i));
		}
		long after = 0;
		for (int page = 0; page < 4; page++) {
			List<LoggedEvent> events = large.read(this.session, "c1", after, 40).orElseThrow().events();
			assertThat(events).extracting(LoggedEvent::position)
				.containsExactlyElementsOf(LongStream.rangeClosed(after + 1, after + 40).boxed().toList());
			assertThat(events).allSatisfy((event) -> assertThat(event.message()).isEqualTo("c" + event.position()));
			after += 40;
		}
		assertThat(large.read(this.session, "c1", after, 40).orElseThrow().events()).isEmpty();
		assertThat(large.read(this.session, "c2", 25, 1000).orElseThrow().events()).hasSize(135);
	}

	/**
	 * The states and events in the log, each of which has a place in the order.
	 */
	private Set<Object> kept() {
		Set<Object> kept = new HashSet<>(this.redis.opsForHash().keys(key() + ":log"));
		kept.remove("h");
		assertThat(this.redis.opsForZSet().range(key() + ":order", 0, -1))
			.containsExactlyInAnyOrderElementsOf(kept.stream().map(Object::toString).toList());
		return kept;
	}

	@Test
	void whatIsDroppedDoesNotStay() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(10, 35, Duration.ofMinutes(5)));
		for (int i = 1; i <= 30; i++) {
			small.write(this.session, call("c1", i, "{}"));
		}
		assertThat(kept()).hasSize(11);
		small.write(this.session, call("c1", 31, "0123456789012345678901234567890"));
		assertThat(kept()).hasSize(4);
		assertThat(small.read(this.session, "c1", 0, 10).orElseThrow().events()).extracting(LoggedEvent::message)
			.containsExactly("{}", "{}", "0123456789012345678901234567890");
	}

	@Test
	void aMessageThatIsTooLargeIsNotEvenSentToRedis() {
		EventLog small = createLog(this.store, this.namespace, new StreamLimits(10, 1000, Duration.ofMinutes(5)));
		long before = bytesReceived();
		assertThat(small.write(this.session, call("c1", 1, "\"" + "x".repeat(20_000_000) + "\"")))
			.isEqualTo(new WriteResult(true, 1, null, 1));
		assertThat(bytesReceived() - before).isLessThan(10_000_000);
	}

	private long bytesReceived() {
		return this.redis.execute((RedisCallback<Long>) (connection) -> {
			Properties info = connection.serverCommands().info("stats");
			return info.entrySet()
				.stream()
				.filter((entry) -> entry.getKey().toString().endsWith("total_net_input_bytes"))
				.mapToLong((entry) -> Long.parseLong(entry.getValue().toString()))
				.sum();
		});
	}

	@Test
	void theStatesOfManyCallsAreBounded() {
		EventLog large = createLog(this.store, this.namespace, new StreamLimits(200, 100_000, Duration.ofMinutes(5)));
		IntStream.range(0, 3).forEach((i) -> large.write(this.session, call("running" + i, 0, null)));
		IntStream.range(0, 500)
			.forEach((i) -> large.write(this.session, StreamWrite.toCall("c" + i, OWNER, "1", 1, "{}", true)));
		assertThat(kept()).hasSize(400).contains("running0", "running1", "running2", "c499");
		IntStream.range(0, 300).forEach((i) -> large.write(this.session, call("r" + i, 0, null)));
		assertThat(kept().stream().filter((item) -> !item.toString().contains("."))).hasSize(200)
			.contains("r100", "r299");
	}

	@Test
	void streamsOfOldCallsDoNotPileUp() {
		EventLog forgetful = createLog(this.store, this.namespace,
				new StreamLimits(1000, 100_000, Duration.ofMillis(400)));
		forgetful.write(this.session, StreamWrite.toListener("l1", 0, "{}", false));
		IntStream.range(0, 50).forEach((i) -> forgetful.write(this.session, call("old" + i, 1, "{}")));
		await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
			String stream = "new" + System.nanoTime();
			forgetful.write(this.session, call(stream, 1, "{}"));
			assertThat(kept()).contains(stream).noneMatch((item) -> item.toString().startsWith("old"));
		});
		assertThat(kept()).hasSizeLessThan(100);
		assertThat(forgetful.read(this.session, "l1", 0, 10).orElseThrow().state().last()).isOne();
	}

	private long commandsProcessed(Runnable action) {
		long before = commandsProcessed();
		action.run();
		return commandsProcessed() - before;
	}

	private long commandsProcessed() {
		return this.redis.execute((RedisCallback<Long>) (connection) -> {
			Properties info = connection.serverCommands().info("commandstats");
			return info.entrySet()
				.stream()
				.filter((entry) -> !entry.getKey().toString().matches(".*cmdstat_(info|ping|cluster.*|.*xread.*)"))
				.mapToLong((entry) -> Long.parseLong(entry.getValue().toString().replaceAll("calls=(\\d+),.*", "$1")))
				.sum();
		});
	}

	/**
	 * Counts the commands that scripts send as well.
	 */
	@Test
	void aWriteCostsTheSameHoweverMuchThereIs() {
		this.log.write(this.session, StreamWrite.toListener("l1", 0, "{}", false));
		EventLog large = createLog(this.store, this.namespace,
				new StreamLimits(5000, 10_000_000, Duration.ofMinutes(5), Duration.ofMinutes(5)));
		long first = commandsProcessed(() -> finishedCall(large, "first"));
		IntStream.range(0, 300).forEach((i) -> finishedCall(large, "done" + i));
		IntStream.range(0, 300).forEach((i) -> large.write(this.session, call("running" + i, 0, null)));
		IntStream.range(0, 300).forEach((i) -> large.write(this.session, StreamWrite.toListener("l1", 0, "{}", false)));
		// a look for what is too old may come in between
		List<Long> later = IntStream.range(0, 5)
			.mapToObj((i) -> commandsProcessed(() -> finishedCall(large, "later" + i)))
			.toList();
		assertThat(later).anySatisfy((commands) -> assertThat(commands).isLessThanOrEqualTo(first));
		assertThat(first).isLessThanOrEqualTo(3 * 10);
	}

	private void finishedCall(EventLog log, String stream) {
		log.write(this.session, call(stream, 0, null));
		log.write(this.session, call(stream, 1, "{}"));
		log.write(this.session, StreamWrite.toCall(stream, OWNER, "1", 2, "{}", true).delivered(true));
	}

	@Test
	void nothingOutlivesItsSession() {
		writeToBothKinds();
		this.store.touch(this.session, Duration.ofSeconds(20));
		assertThat(List.of(key(), key() + ":log", key() + ":order"))
			.allSatisfy((key) -> assertThat(this.redis.getExpire(key)).isBetween(1L, 20L));
		this.log.write(this.session, call("c1", 2, "{}"));
		this.log.setReader(this.session, "c1", "node/1");
		assertThat(List.of(key() + ":log", key() + ":order"))
			.allSatisfy((key) -> assertThat(this.redis.getExpire(key)).isBetween(1L, 20L));
		this.store.touch(this.session, Duration.ofHours(1));
		assertThat(List.of(key() + ":log", key() + ":order"))
			.allSatisfy((key) -> assertThat(this.redis.getExpire(key)).isBetween(200L, 330L));
	}

	@Test
	void aListeningStreamIsKnownAsLongAsItsSession() {
		EventLog forgetful = createLog(this.store, this.namespace,
				new StreamLimits(100, 100_000, Duration.ofMillis(100)));
		forgetful.write(this.session, StreamWrite.toListener("l1", 0, "{}", true));
		await().atMost(Duration.ofSeconds(5)).until(() -> !this.redis.hasKey(key() + ":log"));
		forgetful.setReader(this.session, "l1", "x");
		assertThat(forgetful.write(this.session, StreamWrite.toListener("l1", 0, "{}", false)))
			.isEqualTo(new WriteResult(true, 2, "x"));
	}

	@Test
	void aKeyThatWasEvictedTakesTheRestAlong() {
		EventLog brisk = createLog(this.store, this.namespace, new StreamLimits(100, 100_000, Duration.ofSeconds(5)));
		for (String lost : List.of(":log", ":order")) {
			brisk.write(this.session, call("c1", 1, "{}"));
			brisk.write(this.session, StreamWrite.toListener("l1", 0, "{}", false));
			this.redis.delete(key() + lost);
			assertThat(brisk.read(this.session, "c1", 0, 10).map(Replay::events).orElse(List.of())).isEmpty();
			assertThat(brisk.read(this.session, "l1", 0, 10).orElseThrow().events()).isEmpty();
			await().atMost(Duration.ofSeconds(4)).pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
				brisk.write(this.session, call("new", System.nanoTime() / 1000, "{}"));
				assertThat(kept()).doesNotContain("c1");
			});
			assertThat(brisk.read(this.session, "new", 0, 100).orElseThrow().events()).isNotEmpty();
		}
	}

	@Test
	void aLogThatIsFullWhenItsOrderIsEvictedBeginsAnew() {
		EventLog full = createLog(this.store, this.namespace, new StreamLimits(3, 100_000, Duration.ofMinutes(5)));
		IntStream.range(0, 3).forEach((i) -> full.write(this.session, call("c" + i, 1, "{}")));
		this.redis.delete(key() + ":order");
		IntStream.range(3, 9).forEach((i) -> full.write(this.session, call("c" + i, 1, "{}")));
		assertThat(kept()).contains("c8").hasSizeLessThanOrEqualTo(6);
		assertThat(full.read(this.session, "c8", 0, 10).orElseThrow().events()).hasSize(1);
	}

	@Test
	void aCallOfManyMessagesIsDroppedAtOnce() {
		EventLog brief = createLog(this.store, this.namespace,
				new StreamLimits(3000, 1_000_000, Duration.ofMinutes(5), Duration.ofMillis(50)));
		brief.write(this.session, StreamWrite.toListener("l1", 0, "{}", false));
		IntStream.rangeClosed(1, 1200).forEach((i) -> brief.write(this.session, call("c1", i, "{}")));
		brief.write(this.session, StreamWrite.toCall("c1", OWNER, "1", 1201, "{}", true).delivered(true));
		await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
			brief.write(this.session, StreamWrite.toListener("l1", 0, "{}", false));
			assertThat(kept()).hasSizeLessThan(200).doesNotContain("c1");
		});
	}

	private String clusterKey(String name) {
		return "mcp:session:" + this.namespace + ":{cluster}:" + name;
	}

	@Test
	void keysOfAnnouncementsAreInOneSlotAndEndWithTheRetention() {
		this.log.announce("a", "1");
		Set<String> keys = this.redis.keys("*" + this.namespace + ":{cluster}:*");
		assertThat(keys).containsExactlyInAnyOrder(clusterKey("announcements"), clusterKey("announcement-numbers"));
		assertThat(keys).allSatisfy(
				(key) -> assertThat(this.redis.getExpire(key)).isBetween(86_300L, EventLog.TOPIC_HOURS * 3600L));
	}

	@Test
	void ofADroppedTopicNothingStays() {
		for (int i = 0; i < EventLog.MAX_TOPICS + 50; i++) {
			this.log.announce("topic " + i, "{}");
		}
		assertThat(this.redis.opsForHash().size(clusterKey("announcements"))).isEqualTo(EventLog.MAX_TOPICS);
		assertThat(this.redis.opsForZSet().size(clusterKey("announcement-numbers"))).isEqualTo(EventLog.MAX_TOPICS);
	}

	@Test
	void anOldAnnouncementIsForgotten() {
		this.log.announce("old", "1");
		this.redis.opsForZSet()
			.add(clusterKey("announcement-numbers"), "old", System.currentTimeMillis() - 25 * 3_600_000L);
		long number = this.log.announce("new", "2");
		assertThat(this.log.announcementsAfter(0)).containsExactly(new Announcement(number, "new", "2"));
	}

	@Test
	void numbersRiseThoughTheClockOfTheServerWentBack() {
		this.log.announce("a", "1");
		long future = System.currentTimeMillis() + 3_600_000;
		this.redis.opsForZSet().add(clusterKey("announcement-numbers"), "a", future);
		assertThat(this.log.announce("a", "2")).isEqualTo(future + 1);
		assertThat(this.log.announce("b", "3")).isEqualTo(future + 2);
		assertThat(this.log.announcementsAfter(future)).containsExactly(new Announcement(future + 1, "a", "2"),
				new Announcement(future + 2, "b", "3"));
	}

}
