package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.support.EndsInTime;
import org.jspecify.annotations.Nullable;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.util.Assert;

/**
 * A {@link NodeChannel} on Redis: one stream per node, which it reads with blocking
 * commands. A message to all is put into the streams of those that are alive. It stays
 * there after it was read, so that a connection that breaks loses nothing. An inbox that
 * nobody reads keeps about the last 10000 messages.
 * <p>
 * The thread that receives for a node owns the connection that it blocks. All other
 * methods use the connection that is shared, with one script each.
 *
 * @see RedisSessionStore
 */
public final class RedisNodeChannel implements NodeChannel, EndsInTime, AutoCloseable {

	private static final Duration LONGEST_BLOCK = Duration.ofSeconds(1);

	private static final Duration SHORTEST_TIME_TO_LIVE = Duration.ofMinutes(1);

	private final RedisConnectionFactory connectionFactory;

	private final StringRedisTemplate redis;

	private final boolean endsInTime;

	private final RedisKeys keys;

	private final Duration longestBlock;

	private final Map<String, RedisInbox> inboxes = new ConcurrentHashMap<>();

	/**
	 * Create a channel.
	 * @param connectionFactory where Redis is
	 * @param keyPrefix what all keys begin with
	 * @param namespace what tells the nodes of this application from those of others
	 */
	public RedisNodeChannel(RedisConnectionFactory connectionFactory, String keyPrefix, String namespace) {
		this.connectionFactory = connectionFactory;
		this.redis = new StringRedisTemplate(connectionFactory);
		this.endsInTime = SessionRedisConnection.endsInTime(connectionFactory);
		this.keys = new RedisKeys(keyPrefix, namespace);
		this.longestBlock = longestBlock(connectionFactory);
	}

	/**
	 * The client gives up a command that takes longer than its time-out, blocking or not.
	 */
	private static Duration longestBlock(RedisConnectionFactory connectionFactory) {
		if (connectionFactory instanceof LettuceConnectionFactory lettuce) {
			Duration timeout = lettuce.getClientConfiguration().getCommandTimeout();
			if (timeout.compareTo(Duration.ZERO) > 0) {
				return min(LONGEST_BLOCK, timeout.multipliedBy(2).dividedBy(3));
			}
		}
		return LONGEST_BLOCK;
	}

	/**
	 * Whether the server lacks commands that sessions need. One that cannot be reached
	 * counts as new enough.
	 * @return whether it is older than Redis 6.2
	 */
	public boolean isServerTooOld() {
		try {
			this.redis.execute(RedisNodeScripts.PROBE, List.of(this.keys.inbox("")));
			return false;
		}
		catch (RuntimeException ex) {
			String message = String.valueOf(NestedExceptionUtils.getMostSpecificCause(ex).getMessage());
			return message.contains("syntax error") || message.contains("Unknown Redis command");
		}
	}

	@Override
	@SuppressWarnings("unchecked")
	public boolean heartbeat(String node, Duration timeout) {
		RedisInbox inbox = this.inboxes.computeIfAbsent(node,
				(name) -> new RedisInbox(this.connectionFactory, this.keys.inbox(name)));
		String position = inbox.position();
		Duration fiveTimes = timeout.multipliedBy(5);
		Duration timeToLive = (fiveTimes.compareTo(SHORTEST_TIME_TO_LIVE) > 0) ? fiveTimes : SHORTEST_TIME_TO_LIVE;
		List<String> result = this.redis.execute(RedisNodeScripts.HEARTBEAT, keysOf(node), node, millis(timeout),
				millis(timeToLive), (position != null) ? position : "", inbox.expires());
		Assert.state(result != null, "Redis returned nothing");
		inbox.expires(result.get(1));
		if (position == null || result.get(0).equals("0")) {
			inbox.begin(position);
		}
		return result.get(0).equals("2");
	}

	@Override
	public void leave(String node) {
		RedisInbox inbox = this.inboxes.remove(node);
		if (inbox != null) {
			inbox.close();
		}
		this.redis.execute(RedisNodeScripts.LEAVE, keysOf(node), node);
	}

	@Override
	@SuppressWarnings("unchecked")
	public Map<String, Duration> nodes() {
		List<String> found = this.redis.execute(RedisNodeScripts.NODES, List.of(this.keys.nodes(), this.keys.joined()));
		Map<String, Duration> ages = new HashMap<>();
		for (int i = 0; found != null && i < found.size(); i += 2) {
			ages.put(found.get(i), Duration.ofMillis(Long.parseLong(found.get(i + 1))));
		}
		return Map.copyOf(ages);
	}

	@Override
	public String secret() {
		String candidate = UUID.randomUUID().toString();
		String secret = this.redis.execute(RedisNodeScripts.SECRET, List.of(this.keys.nodes(), this.keys.joined()),
				candidate);
		return (secret != null) ? secret : candidate;
	}

	@Override
	public boolean send(String node, String message) {
		return Boolean.TRUE.equals(this.redis.execute(RedisNodeScripts.SEND,
				List.of(this.keys.nodes(), this.keys.inbox(node)), node, message));
	}

	@Override
	public void sendToAll(String message) {
		this.redis.execute(RedisNodeScripts.SEND_TO_ALL, List.of(this.keys.nodes(), this.keys.inbox("")), message);
	}

	@Override
	public List<String> receive(String node, Duration timeout) throws InterruptedException {
		long end = System.nanoTime() + timeout.toNanos();
		while (true) {
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			Duration left = Duration.ofMillis(Math.max(0, Duration.ofNanos(end - System.nanoTime()).toMillis()));
			Duration wait = min(left, this.longestBlock);
			List<String> messages = read(this.inboxes.get(node), wait);
			if (!messages.isEmpty() || wait.equals(left)) {
				return messages;
			}
		}
	}

	private static List<String> read(@Nullable RedisInbox inbox, Duration wait) throws InterruptedException {
		if (inbox == null || inbox.position() == null) {
			Thread.sleep(wait.toMillis());
			return List.of();
		}
		try {
			return inbox.read(wait);
		}
		catch (RuntimeException ex) {
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			throw ex;
		}
	}

	/**
	 * Close the connections that receive. Does not leave.
	 */
	@Override
	public boolean endsInTime() {
		return this.endsInTime;
	}

	@Override
	public void close() {
		this.inboxes.values().forEach(RedisInbox::close);
		this.inboxes.clear();
	}

	private List<String> keysOf(String node) {
		return List.of(this.keys.nodes(), this.keys.joined(), this.keys.inbox(node));
	}

	private static String millis(Duration duration) {
		return Long.toString(duration.toMillis());
	}

	private static Duration min(Duration a, Duration b) {
		return (a.compareTo(b) < 0) ? a : b;
	}

}
