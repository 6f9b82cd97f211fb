package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.contract.NodeChannelContract;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

import org.springframework.data.redis.connection.stream.RecordId;
import org.springframework.data.redis.connection.stream.StreamRecords;
import org.springframework.data.redis.core.StringRedisTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The contract on a Redis.
 */
@OnBackends({ Backend.REDIS_RESTRICTED, Backend.REDIS_CLUSTER })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RedisNodeChannelTests extends NodeChannelContract {

	@Parameter
	private Backend backend;

	private RedisTestConnection connection;

	private StringRedisTemplate redis;

	@BeforeParameterizedClassInvocation
	void openConnection() {
		this.connection = RedisTestConnection.to(this.backend);
		this.redis = this.connection.template();
	}

	@AfterParameterizedClassInvocation
	void closeConnection() {
		this.connection.close();
	}

	@Override
	protected NodeChannel createChannel(String namespace) {
		return new RedisNodeChannel(this.connection.sessions(), "mcp:session", namespace);
	}

	@Override
	protected long amountOfData(String namespace) {
		return keys(namespace).size();
	}

	private Set<String> keys(String namespace) {
		return this.redis.keys("*" + namespace + "*");
	}

	private String key(String name) {
		return "mcp:session:" + this.namespace + ":{cluster}:" + name;
	}

	@Test
	void allKeysAreInOneSlotAndEndWithTheCluster() {
		this.channelOfA.send(this.b, "1");
		this.channelOfA.sendToAll("2");
		assertThat(keys(this.namespace)).containsExactlyInAnyOrder(key("nodes"), key("joined"), key("inbox:" + this.a),
				key("inbox:" + this.b));
		assertThat(keys(this.namespace))
			.allSatisfy((key) -> assertThat(this.redis.getExpire(key)).isBetween(1400L, 1500L));
		this.channelOfA.heartbeat(this.a, Duration.ofSeconds(6));
		assertThat(this.redis.getExpire(key("nodes"))).isBetween(50L, 60L);
		assertThat(this.redis.getExpire(key("inbox:" + this.a))).isBetween(50L, 60L);
	}

	@Test
	void whatWasReadAndWhoIsLongDeadDoesNotStay() throws Exception {
		this.channelOfA.send(this.b, "1");
		this.channelOfA.send(this.b, "2");
		this.redis.opsForHash().put(key("joined"), this.c, "1000");
		this.redis.opsForZSet().add(key("nodes"), this.c, System.currentTimeMillis() - Duration.ofHours(1).toMillis());
		receive(this.channelOfB, this.b, 2);
		this.channelOfB.heartbeat(this.b, LONG);
		assertThat(this.redis.opsForStream().size(key("inbox:" + this.b))).isOne();
		assertThat(this.redis.opsForZSet().range(key("nodes"), 0, -1)).containsExactlyInAnyOrder(this.a, this.b);
		assertThat(this.redis.opsForHash().keys(key("joined"))).containsExactlyInAnyOrder(this.a, this.b);
		assertNothingFor(this.channelOfB, this.b);
	}

	@Test
	void aRedisThatLostEverythingIsJoinedAgain() throws Exception {
		this.channelOfA.send(this.b, "1");
		this.channelOfA.sendToAll("2");
		receive(this.channelOfB, this.b, 2);
		this.redis.delete(keys(this.namespace));
		assertThat(this.channelOfA.send(this.b, "lost")).isFalse();
		this.channelOfB.heartbeat(this.b, LONG);
		// as with a clock that is behind the one of before
		this.redis.opsForStream()
			.add(StreamRecords.string(Map.of("message", "3"))
				.withStreamKey(key("inbox:" + this.b))
				.withId(RecordId.of("1-1")));
		this.channelOfA.sendToAll("4");
		assertThat(receive(this.channelOfB, this.b, 2)).containsExactly("3", "4");
	}

	/**
	 * As from a snapshot, or a replica that was behind: there may be less of everything.
	 */
	@Test
	void aRedisThatHasGoneBackIsJoinedAgain() {
		assertThat(this.channelOfA.heartbeat(this.a, LONG)).isTrue();
		this.redis.opsForZSet().incrementScore(key("nodes"), this.a, -1000);
		assertThat(this.channelOfA.heartbeat(this.a, LONG)).isFalse();
		assertThat(this.channelOfA.heartbeat(this.a, LONG)).isTrue();
	}

	@Test
	void whatNobodyCanReadIsSkipped() throws Exception {
		String inbox = key("inbox:" + this.b);
		this.redis.opsForStream().add(inbox, Map.of("number", "x"));
		this.redis.opsForStream().add(inbox, Map.of("number", "1", "text", "no message"));
		assertNothingFor(this.channelOfB, this.b);
		this.channelOfA.send(this.b, "1");
		this.channelOfA.sendToAll("2");
		assertThat(receive(this.channelOfB, this.b, 2)).containsExactly("1", "2");
	}

	@Test
	void manyMessagesAreReadInSmallBatches() throws Exception {
		for (int i = 0; i < 40; i++) {
			this.channelOfA.send(this.b, "x");
		}
		assertThat(this.channelOfB.receive(this.b, LONG)).hasSizeBetween(1, 16);
	}

}
