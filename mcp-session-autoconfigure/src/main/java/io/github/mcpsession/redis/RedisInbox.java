package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.stream.ByteRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamReadOptions;
import org.springframework.data.redis.serializer.RedisSerializer;

/**
 * What a node has read of its stream, and the connection that it reads with, which stays
 * open since a blocking read needs one of its own.
 * <p>
 * The receiving thread reads and moves the position, only after messages came, so that an
 * answer that got lost is asked for again. The heartbeat thread sets the position when
 * the node joins. Any thread may close.
 */
final class RedisInbox implements AutoCloseable {

	/**
	 * A message may have a megabyte.
	 */
	private static final int BATCH = 16;

	private static final String BEGINNING = "0-0";

	private static final RedisSerializer<String> STRING = RedisSerializer.string();

	private final RedisConnectionFactory connectionFactory;

	private final String key;

	private final AtomicReference<@Nullable String> position = new AtomicReference<>();

	private volatile String expires = "0";

	private @Nullable RedisConnection connection;

	private volatile boolean closed;

	RedisInbox(RedisConnectionFactory connectionFactory, String key) {
		this.connectionFactory = connectionFactory;
		this.key = key;
	}

	/**
	 * Up to where the node has read.
	 * @return the id of the last message, {@code null} before the node joined
	 */
	@Nullable String position() {
		return this.position.get();
	}

	/**
	 * When the node expires without another heartbeat, by the clock of Redis.
	 * @return milliseconds since 1970, 0 before the node joined
	 */
	String expires() {
		return this.expires;
	}

	void expires(String time) {
		this.expires = time;
	}

	/**
	 * Read from the beginning.
	 * @param before the position known to the caller; if there is another one by now,
	 * nothing happens
	 */
	void begin(@Nullable String before) {
		this.position.compareAndSet(before, BEGINNING);
	}

	/**
	 * Read what there is, or wait for something. What is no message is passed over.
	 * @param wait how long; not at all if zero
	 * @return the messages, oldest first
	 */
	List<String> read(Duration wait) {
		String before = this.position.get();
		if (before == null) {
			return List.of();
		}
		StreamReadOptions options = StreamReadOptions.empty().count(BATCH);
		List<ByteRecord> records;
		try {
			records = connection().streamCommands()
				.xRead(wait.isZero() ? options : options.block(wait),
						StreamOffset.create(STRING.serialize(this.key), ReadOffset.from(before)));
		}
		catch (RuntimeException ex) {
			disconnect();
			if (this.closed) {
				return List.of();
			}
			throw ex;
		}
		if (records == null || records.isEmpty()) {
			return List.of();
		}
		this.position.compareAndSet(before, records.get(records.size() - 1).getId().getValue());
		return records.stream()
			.flatMap((record) -> Stream.ofNullable(record.deserialize(STRING).getValue().get("message")))
			.toList();
	}

	private synchronized RedisConnection connection() {
		RedisConnection current = this.connection;
		if (current == null) {
			if (this.closed) {
				throw new IllegalStateException("The node has left");
			}
			current = this.connectionFactory.getConnection();
			this.connection = current;
		}
		return current;
	}

	private synchronized void disconnect() {
		RedisConnection current = this.connection;
		this.connection = null;
		if (current != null) {
			try {
				current.close();
			}
			catch (RuntimeException ex) {
				// it was broken
			}
		}
	}

	@Override
	public void close() {
		this.closed = true;
		disconnect();
	}

}
