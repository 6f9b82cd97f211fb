package io.github.mcpsession.redis;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.ClusterSlotHashUtil;
import org.springframework.data.redis.connection.RedisClusterConnection;
import org.springframework.data.redis.connection.RedisClusterNode;
import org.springframework.data.redis.core.RedisCallback;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.util.Assert;

/**
 * Finds the ids of sessions with SCAN, a bounded number of keys per call. Within a
 * script, since Spring Data offers no way to go on with a cursor of another node, or on a
 * given master: a script goes to the master that has the slot of its key, whether it uses
 * the key or not.
 * <p>
 * A cursor is the one of Redis; on a Redis Cluster the lowest slot of the master that it
 * belongs to comes before it. Thread-safe: nothing is kept between two calls.
 */
final class RedisSessionScan {

	private static final Pattern CURSOR = Pattern.compile("(?:(\\d{1,5}):)?(\\d{1,20})");

	private static final int KEYS_PER_STEP = 10_000;

	private static final int KEYS_PER_CALL = 100_000;

	@SuppressWarnings("rawtypes")
	private static final RedisScript<List> SCAN = new DefaultRedisScript<>("""
			return redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])
			""", List.class);

	private final StringRedisTemplate redis;

	private final RedisKeys keys;

	RedisSessionScan(StringRedisTemplate redis, RedisKeys keys) {
		this.redis = redis;
		this.keys = keys;
	}

	/**
	 * Find some sessions.
	 * @param cursor where to go on, {@code null} to begin
	 * @param limit about how many
	 * @return what was found
	 */
	Found scan(@Nullable String cursor, int limit) {
		Assert.isTrue(limit > 0, "The limit must be at least 1");
		List<Integer> masters = masters();
		Position position = (cursor != null) ? parse(cursor, !masters.isEmpty())
				: new Position(masters.isEmpty() ? null : masters.get(0), "0");
		Set<String> sessionIds = new LinkedHashSet<>();
		int examined = 0;
		int count = Math.min(limit, KEYS_PER_STEP);
		// nearly full is enough: what is found in one step cannot be divided
		while (position != null && sessionIds.size() < limit - limit / 4 && examined < KEYS_PER_CALL) {
			position = step(position, count, sessionIds, masters);
			examined += count;
			count = nextCount(limit - sessionIds.size(), sessionIds.size(), examined);
		}
		return new Found(List.copyOf(sessionIds), (position != null) ? position.toString() : null, !masters.isEmpty());
	}

	/**
	 * As many keys as, going by what was found so far, have half of the sessions that are
	 * missing among them.
	 */
	private static int nextCount(int missing, int found, int examined) {
		long expected = (long) missing * examined / (2L * Math.max(1, found));
		return (int) Math.max(1, Math.min(KEYS_PER_STEP, Math.max(missing, expected)));
	}

	private @Nullable Position step(Position position, int count, Set<String> sessionIds, List<Integer> masters) {
		List<?> reply = this.redis.execute(SCAN,
				(position.slot() != null) ? List.of(keyIn(position.slot())) : List.of(), position.cursor(),
				this.keys.anySession(), Integer.toString(count));
		Assert.state(reply != null && reply.size() == 2 && reply.get(1) instanceof List, "Redis returned no keys");
		for (Object key : (List<?>) reply.get(1)) {
			sessionIds.add(this.keys.sessionId(String.valueOf(key)));
		}
		String next = String.valueOf(reply.get(0));
		if (!next.equals("0")) {
			return new Position(position.slot(), next);
		}
		Integer slot = position.slot();
		return (slot == null) ? null
				: masters.stream()
					.filter((master) -> master > slot)
					.findFirst()
					.map((master) -> new Position(master, "0"))
					.orElse(null);
	}

	/**
	 * The lowest slots of the masters, in order; empty if this is no Redis Cluster.
	 */
	private List<Integer> masters() {
		Set<Integer> slots = new TreeSet<>();
		this.redis.execute((RedisCallback<Boolean>) (connection) -> {
			if (connection instanceof RedisClusterConnection cluster) {
				for (RedisClusterNode node : cluster.clusterGetNodes()) {
					if (node.isMaster()) {
						node.getSlotRange().getSlots().stream().min(Integer::compare).ifPresent(slots::add);
					}
				}
			}
			return true;
		});
		return new ArrayList<>(slots);
	}

	/**
	 * Not any key: a user may be allowed those of sessions only.
	 */
	private String keyIn(int slot) {
		for (int i = 0;; i++) {
			String key = this.keys.session(Integer.toString(i));
			if (ClusterSlotHashUtil.calculateSlot(key) == slot) {
				return key;
			}
		}
	}

	private static Position parse(String cursor, boolean onCluster) {
		Matcher matcher = CURSOR.matcher(cursor);
		Assert.isTrue(matcher.matches() && (matcher.group(1) != null) == onCluster, "Not a cursor of this store");
		Integer slot = onCluster ? Integer.valueOf(matcher.group(1)) : null;
		Assert.isTrue(slot == null || slot < ClusterSlotHashUtil.SLOT_COUNT, "Not a cursor of this store");
		Long.parseUnsignedLong(matcher.group(2));
		return new Position(slot, matcher.group(2));
	}

	/**
	 * Where to go on.
	 *
	 * @param slot the lowest slot of the master, {@code null} if this is no Redis Cluster
	 * @param cursor the cursor of Redis
	 */
	private record Position(@Nullable Integer slot, String cursor) {

		@Override
		public String toString() {
			return (this.slot != null) ? this.slot + ":" + this.cursor : this.cursor;
		}

	}

	/**
	 * What one call found.
	 *
	 * @param sessionIds the ids of sessions that were there a moment ago
	 * @param next the cursor to go on with, {@code null} if all keys were seen
	 * @param onCluster whether this is a Redis Cluster
	 */
	record Found(List<String> sessionIds, @Nullable String next, boolean onCluster) {
	}

}
