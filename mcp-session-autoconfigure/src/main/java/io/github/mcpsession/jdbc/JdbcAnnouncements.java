package io.github.mcpsession.jdbc;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.EventLog;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DuplicateKeyException;

/**
 * The announcements of {@link JdbcEventLog}, on a table of their own. One row of each
 * namespace, without a topic, has the highest number; whoever announces locks it by
 * raising it, so that announcements come one after the other. A topic may be longer than
 * a key, so its hash is the key.
 * <p>
 * Thread-safe; each announcement is a short transaction in the thread of the caller.
 */
final class JdbcAnnouncements {

	private static final long RETENTION_MILLIS = Duration.ofHours(EventLog.TOPIC_HOURS).toMillis();

	private static final int NEW_TOPICS_PER_CLEANUP = 100;

	private static final int BATCH = 500;

	private static final String RAISE = """
			UPDATE {ANNOUNCEMENT} SET NUMBER = GREATEST(NUMBER + 1, {NOW})
			WHERE NAMESPACE = :namespace AND TOPIC_HASH = ''
			""";

	private static final String BEGIN = """
			INSERT INTO {ANNOUNCEMENT} (NAMESPACE, TOPIC_HASH, NUMBER, TOPIC, MESSAGE)
			VALUES (:namespace, '', 0, '', '')
			""";

	private static final String LOOK = """
			SELECT C.NUMBER, T.TOPIC_HASH FROM {ANNOUNCEMENT} C
			LEFT JOIN {ANNOUNCEMENT} T ON T.NAMESPACE = C.NAMESPACE AND T.TOPIC_HASH = :hash
			WHERE C.NAMESPACE = :namespace AND C.TOPIC_HASH = ''
			""";

	private static final String REPLACE = """
			UPDATE {ANNOUNCEMENT} SET NUMBER = :number, MESSAGE = :message
			WHERE NAMESPACE = :namespace AND TOPIC_HASH = :hash
			""";

	private static final String INSERT = """
			INSERT INTO {ANNOUNCEMENT} (NAMESPACE, TOPIC_HASH, NUMBER, TOPIC, MESSAGE)
			VALUES (:namespace, :hash, :number, :topic, :message)
			""";

	private static final String AFTER = """
			SELECT NUMBER, TOPIC, MESSAGE FROM {ANNOUNCEMENT}
			WHERE NAMESPACE = :namespace AND NUMBER > :number AND NUMBER >= {FIXED_NOW} - :retention
			AND TOPIC_HASH <> '' ORDER BY NUMBER DESC LIMIT :limit
			""";

	private static final String SURPLUS = """
			SELECT TOPIC_HASH FROM {ANNOUNCEMENT} WHERE NAMESPACE = :namespace AND TOPIC_HASH <> ''
			ORDER BY NUMBER DESC LIMIT :limit OFFSET :kept
			""";

	private static final String DROP = """
			DELETE FROM {ANNOUNCEMENT} WHERE NAMESPACE = :namespace AND TOPIC_HASH IN (:hashes)
			""";

	private static final String FIND_EXPIRED = """
			SELECT NAMESPACE, TOPIC_HASH FROM {ANNOUNCEMENT} WHERE NUMBER < {FIXED_NOW} - :retention
			ORDER BY NUMBER LIMIT :limit
			""";

	private static final String DELETE_EXPIRED = """
			DELETE FROM {ANNOUNCEMENT}
			WHERE NAMESPACE = :namespace AND TOPIC_HASH = :hash AND NUMBER < {NOW} - :retention
			""";

	private final JdbcDatabase database;

	private final String namespace;

	private final AtomicInteger newTopics = new AtomicInteger();

	JdbcAnnouncements(JdbcDatabase database, String namespace) {
		this.database = database;
		this.namespace = namespace;
	}

	long announce(String topic, String message) {
		String hash = SessionIds.hash(topic);
		OptionalLong number = this.database.change(() -> tryToAnnounce(topic, hash, message));
		while (number.isEmpty()) {
			begin();
			number = this.database.change(() -> tryToAnnounce(topic, hash, message));
		}
		return number.getAsLong();
	}

	/**
	 * In a transaction of its own, which ends with a failure if another node did it.
	 */
	private void begin() {
		try {
			this.database.change(() -> this.database.sql(BEGIN).param("namespace", this.namespace).update());
		}
		catch (DuplicateKeyException ex) {
			// that is as good
		}
	}

	private OptionalLong tryToAnnounce(String topic, String hash, String message) {
		record Found(long number, @Nullable String hash) {
		}
		if (this.database.sql(RAISE).param("namespace", this.namespace).update() == 0) {
			return OptionalLong.empty();
		}
		Found found = this.database.sql(LOOK)
			.param("namespace", this.namespace)
			.param("hash", hash)
			.query((row, rowNumber) -> new Found(row.getLong("NUMBER"), row.getString("TOPIC_HASH")))
			.single();
		// not without a look: on MySQL, two that update nothing and insert may wait
		// for each other
		if (found.hash() == null || !replace(hash, found.number(), message)) {
			insert(topic, hash, found.number(), message);
		}
		return OptionalLong.of(found.number());
	}

	private boolean replace(String hash, long number, String message) {
		return this.database.sql(REPLACE)
			.param("namespace", this.namespace)
			.param("hash", hash)
			.param("number", number)
			.param("message", message)
			.update() > 0;
	}

	private void insert(String topic, String hash, long number, String message) {
		this.database.sql(INSERT)
			.param("namespace", this.namespace)
			.param("hash", hash)
			.param("number", number)
			.param("topic", topic)
			.param("message", message)
			.update();
		if (this.newTopics.incrementAndGet() % NEW_TOPICS_PER_CLEANUP == 0) {
			deleteSurplus();
		}
	}

	private void deleteSurplus() {
		List<String> surplus = this.database.sql(SURPLUS)
			.param("namespace", this.namespace)
			.param("kept", EventLog.MAX_TOPICS)
			.param("limit", BATCH)
			.query(String.class)
			.list();
		if (!surplus.isEmpty()) {
			this.database.sql(DROP).param("namespace", this.namespace).param("hashes", surplus).update();
		}
	}

	List<Announcement> after(long number) {
		List<Announcement> newestFirst = this.database.read(() -> this.database.sql(AFTER)
			.param("namespace", this.namespace)
			.param("number", number)
			.param("retention", RETENTION_MILLIS)
			.param("limit", EventLog.MAX_TOPICS)
			.query((row, rowNumber) -> new Announcement(row.getLong("NUMBER"), row.getString("TOPIC"),
					row.getString("MESSAGE")))
			.list());
		Collections.reverse(newestFirst);
		return newestFirst;
	}

	/**
	 * Row by row, and of all namespaces, since an application may be gone for good. The
	 * row with the highest number goes too when it is old, since the time is higher then.
	 */
	int deleteExpired(int limit) {
		record Key(String namespace, String hash) {
		}
		List<Key> expired = this.database.read(() -> this.database.sql(FIND_EXPIRED)
			.param("retention", RETENTION_MILLIS)
			.param("limit", limit)
			.query((row, number) -> new Key(row.getString("NAMESPACE"), row.getString("TOPIC_HASH")))
			.list());
		for (Key key : expired) {
			this.database.change(() -> this.database.sql(DELETE_EXPIRED)
				.param("namespace", key.namespace())
				.param("hash", key.hash())
				.param("retention", RETENTION_MILLIS)
				.update());
		}
		return expired.size();
	}

}
