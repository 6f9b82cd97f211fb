package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.stream.ByteRecord;
import org.springframework.data.redis.connection.stream.MapRecord;
import org.springframework.data.redis.connection.stream.ReadOffset;
import org.springframework.data.redis.connection.stream.StreamOffset;
import org.springframework.data.redis.connection.stream.StreamReadOptions;
import org.springframework.data.redis.serializer.RedisSerializer;

/**
 * What a node has read of its own stream and of the one for all, and the connection that
 * it reads with, which stays open since a blocking read needs one of its own.
 * <p>
 * The receiving thread reads and moves the position, only after messages came, so that an
 * answer that got lost is asked for again. The heartbeat thread sets the position when
 * the node joins. Any thread may close.
 */
final class RedisInbox implements AutoCloseable {

	/**
	 * Of each of the two streams. A message may have a megabyte.
	 */
	private static final int BATCH = 16;

	private static final RedisSerializer<String> STRING = RedisSerializer.string();

	private final RedisConnectionFactory connectionFactory;

	private final String inboxKey;

	private final String allKey;

	private final AtomicReference<@Nullable Position> position = new AtomicReference<>();

	private @Nullable RedisConnection connection;

	private volatile boolean closed;

	RedisInbox(RedisConnectionFactory connectionFactory, String inboxKey, String allKey) {
		this.connectionFactory = connectionFactory;
		this.inboxKey = inboxKey;
		this.allKey = allKey;
	}

	/**
	 * Up to where the node has read.
	 * @return the position, {@code null} before the node joined
	 */
	@Nullable Position position() {
		return this.position.get();
	}

	/**
	 * Begin to read: all of the own stream, and of the one for all what comes now.
	 * @param before the position known to the caller
	 * @param lastOfAll the last id of the stream for all
	 */
	void join(@Nullable Position before, String lastOfAll) {
		this.position.compareAndSet(before, new Position("0-0", lastOfAll));
	}

	/**
	 * Read what there is, or wait for something.
	 * @param wait how long; not at all if zero
	 * @return the messages, oldest first
	 */
	List<String> read(Duration wait) {
		Position before = this.position.get();
		if (before == null) {
			return List.of();
		}
		StreamReadOptions options = StreamReadOptions.empty().count(BATCH);
		List<ByteRecord> records;
		try {
			records = connection().streamCommands()
				.xRead(wait.isZero() ? options : options.block(wait), offset(this.inboxKey, before.inbox()),
						offset(this.allKey, before.all()));
		}
		catch (RuntimeException ex) {
			disconnect();
			if (this.closed) {
				return List.of();
			}
			throw ex;
		}
		return (records == null || records.isEmpty()) ? List.of() : merge(records, before);
	}

	/**
	 * Bring the messages of both streams into the order in which they were sent. If one
	 * stream has more than was read of it, nothing of the other may overtake the rest.
	 */
	private List<String> merge(List<ByteRecord> records, Position before) {
		List<Message> inbox = new ArrayList<>();
		List<Message> all = new ArrayList<>();
		for (ByteRecord bytes : records) {
			MapRecord<String, String, String> record = bytes.deserialize(STRING);
			(this.allKey.equals(record.getStream()) ? all : inbox).add(Message.of(record));
		}
		Iterator<Message> fromInbox = inbox.iterator();
		Iterator<Message> fromAll = all.iterator();
		Message nextOfInbox = next(fromInbox);
		Message nextOfAll = next(fromAll);
		Position after = before;
		List<String> messages = new ArrayList<>();
		while (nextOfInbox != null || nextOfAll != null) {
			if (nextOfInbox != null && (nextOfAll == null || nextOfInbox.number() < nextOfAll.number())) {
				if (nextOfAll == null && all.size() == BATCH) {
					break;
				}
				nextOfInbox.addTo(messages);
				after = new Position(nextOfInbox.id(), after.all());
				nextOfInbox = next(fromInbox);
			}
			else if (nextOfAll != null) {
				if (nextOfInbox == null && inbox.size() == BATCH) {
					break;
				}
				nextOfAll.addTo(messages);
				after = new Position(after.inbox(), nextOfAll.id());
				nextOfAll = next(fromAll);
			}
		}
		this.position.compareAndSet(before, after);
		return messages;
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

	private static StreamOffset<byte[]> offset(String key, String id) {
		return StreamOffset.create(STRING.serialize(key), ReadOffset.from(id));
	}

	private static @Nullable Message next(Iterator<Message> messages) {
		return messages.hasNext() ? messages.next() : null;
	}

	/**
	 * Up to where the streams were read.
	 *
	 * @param inbox the last id read of the own stream
	 * @param all the last id read of the stream for all
	 */
	record Position(String inbox, String all) {
	}

	/**
	 * An entry of a stream.
	 *
	 * @param id its id
	 * @param number which message it is
	 * @param text the message; {@code null} if it is none, which is to be passed over
	 */
	private record Message(String id, long number, @Nullable String text) {

		static Message of(MapRecord<String, String, String> record) {
			String id = record.getId().getValue();
			Map<String, String> fields = record.getValue();
			try {
				return new Message(id, Long.parseLong(fields.getOrDefault("number", "0")), fields.get("message"));
			}
			catch (NumberFormatException ex) {
				return new Message(id, 0, null);
			}
		}

		void addTo(List<String> messages) {
			if (this.text != null) {
				messages.add(this.text);
			}
		}

	}

}
