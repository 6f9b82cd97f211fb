package io.github.mcpsession.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;

import io.github.mcpsession.SessionRecordCodec;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.stream.EventLog;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Tables that are full of what belongs to others: sessions of the same application, and
 * of another one, with the same streams; messages to other nodes; announcements. None of
 * it has expired.
 *
 * @param jdbc the database
 * @param prefix what the names of the tables begin with
 * @param namespace the application
 * @param streams how many streams each session has, with an event each
 * @param numbers a table expression for so many numbers from 1, in a column {@code I}
 */
record CrowdedTables(JdbcTemplate jdbc, String prefix, String namespace, int streams, IntFunction<String> numbers) {

	/**
	 * Each before those that it refers to.
	 */
	static final List<String> NAMES = List.of("EVENT", "STREAM", "SESSION", "NODE", "MESSAGE", "ANNOUNCEMENT");

	private static final int OTHERS = 20_000;

	private static final int NODES = 50;

	void fill() {
		long now = System.currentTimeMillis();
		long later = now + Duration.ofHours(1).toMillis();
		insert("""
				SESSION (NAMESPACE, SESSION_ID, VERSION, CREATED_AT, LAST_ACCESS_AT, EXPIRES_AT, PRINCIPAL, DATA)
				SELECT CASE WHEN MOD(I, 4) = 0 THEN 'other' ELSE '%5$s' END, CONCAT('other-session-', I), 1, %1$d, %1$d,
				%2$d + I, CONCAT('principal-', I), '%3$s' FROM %4$s""".formatted(now, later,
				new SessionRecordCodec().write(SessionStoreContract.newSession()), this.numbers.apply(OTHERS),
				this.namespace));
		for (int number = 1; number <= this.streams; number++) {
			String stream = (number == 1) ? "listening" : (number == 2) ? "call" : "call" + number;
			insert("""
					STREAM (NAMESPACE, SESSION_ID, STREAM, LAST_POSITION, COMPLETE, DELIVERED, ANNOUNCED, EXPIRES_AT)
					SELECT NAMESPACE, SESSION_ID, '%s', 1, FALSE, 0, 0, EXPIRES_AT FROM %sSESSION""".formatted(stream,
					this.prefix));
			insert("""
					EVENT (NAMESPACE, SESSION_ID, STREAM, POSITION, SEQ, BYTES, EVENTS_KEPT, BYTES_KEPT, RESPONSE,
					EXPIRES_AT, MESSAGE)
					SELECT NAMESPACE, SESSION_ID, STREAM, 1, %d, 2, 1, 2, FALSE, EXPIRES_AT, '{}' FROM %sSTREAM
					WHERE STREAM = '%s'""".formatted(number, this.prefix, stream));
		}
		insert("""
				NODE (NAMESPACE, NODE, JOINED_AT, EXPIRES_AT, SECRET)
				SELECT '%s', CONCAT('busy', I), %d, %d, 'secret' FROM %s""".formatted(this.namespace, now, later,
				this.numbers.apply(NODES)));
		insert("""
				MESSAGE (NAMESPACE, NODE, CREATED_AT, MESSAGE)
				SELECT '%s', CONCAT('busy', 1 + MOD(I, %d)), %d, '{}' FROM %s""".formatted(this.namespace, NODES, now,
				this.numbers.apply(OTHERS)));
		insert("""
				ANNOUNCEMENT (NAMESPACE, TOPIC_HASH, NUMBER, TOPIC, MESSAGE)
				SELECT 'other', CONCAT('hash-', I), %d + I, 'topic', '{}' FROM %s""".formatted(now,
				this.numbers.apply(OTHERS)));
		insert("""
				ANNOUNCEMENT (NAMESPACE, TOPIC_HASH, NUMBER, TOPIC, MESSAGE)
				SELECT '%s', CONCAT('hash-', I), %d + I, 'topic', '{}' FROM %s""".formatted(this.namespace, now,
				this.numbers.apply(EventLog.MAX_TOPICS)));
	}

	private void insert(String what) {
		this.jdbc.update("INSERT INTO " + this.prefix + what);
	}

}
