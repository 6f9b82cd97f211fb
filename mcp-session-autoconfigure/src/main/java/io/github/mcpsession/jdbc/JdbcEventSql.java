package io.github.mcpsession.jdbc;

/**
 * The statements of {@link JdbcEventLog}. What reads a stream is one statement, so that
 * its state and its events are as of one moment.
 */
record JdbcEventSql(String lock, String lockLive, String look, String state, String read, String begin, String update,
		String append, String oldest, String drop, String deleteStream, String oldestCalls, String dropCalls,
		String findExpiredEvents, String deleteExpiredEvents, String findExpiredStreams, String deleteExpiredStream) {

	static final String STREAM = "STREAM";

	static final String EVENT = "EVENT";

	private static final String STATE = "S.OWNER, S.REQUEST_ID, S.LAST_POSITION, S.COMPLETE, S.READER, S.DELIVERED,"
			+ " S.ANNOUNCED";

	static JdbcEventSql of(JdbcDatabase database) {
		String now = database.dialect().now();
		String fixedNow = database.dialect().fixedNow();
		String sessions = database.table(JdbcSessionStore.TABLE);
		String streams = database.table(STREAM);
		String events = database.table(EVENT);
		String session = " WHERE NAMESPACE = :namespace AND SESSION_ID = :session";
		String stream = session + " AND STREAM = :stream";
		String lock = "SELECT VERSION FROM " + sessions + session;
		String live = " FROM " + sessions + " X JOIN " + streams
				+ " S ON S.NAMESPACE = X.NAMESPACE AND S.SESSION_ID = X.SESSION_ID AND S.STREAM = :stream"
				+ " WHERE X.NAMESPACE = :namespace AND X.SESSION_ID = :session AND X.EXPIRES_AT > " + now
				+ " AND (S.EXPIRES_AT IS NULL OR S.EXPIRES_AT > " + now + ")";
		return new JdbcEventSql(lock + " FOR UPDATE", lock + " AND EXPIRES_AT > " + now + " FOR UPDATE", """
				SELECT S.STREAM, CASE WHEN S.EXPIRES_AT <= %5$s THEN 1 ELSE 0 END AS EXPIRED, %4$s,
				N.SEQ AS NEWEST, N.BYTES_AFTER, O.SEQ AS OLDEST, O.BYTES_BEFORE,
				CASE WHEN S.STREAM IS NULL THEN (SELECT COUNT(OWNER) FROM %2$s%6$s) ELSE 0 END AS CALLS
				FROM %1$s X
				LEFT JOIN %2$s S ON S.NAMESPACE = X.NAMESPACE AND S.SESSION_ID = X.SESSION_ID AND S.STREAM = :stream
				LEFT JOIN %3$s N ON N.NAMESPACE = X.NAMESPACE AND N.SESSION_ID = X.SESSION_ID
				AND N.SEQ = (SELECT MAX(SEQ) FROM %3$s%6$s)
				LEFT JOIN %3$s O ON O.NAMESPACE = X.NAMESPACE AND O.SESSION_ID = X.SESSION_ID
				AND O.SEQ = (SELECT MIN(SEQ) FROM %3$s%6$s)
				WHERE X.NAMESPACE = :namespace AND X.SESSION_ID = :session
				""".formatted(sessions, streams, events, STATE, now, session), "SELECT " + STATE + live,
				"(SELECT " + STATE + ", 0 AS POSITION, NULL AS MESSAGE" + live + ") UNION ALL (SELECT"
						+ " NULL, NULL, NULL, NULL, NULL, NULL, NULL, POSITION, MESSAGE FROM " + events + stream
						+ " AND POSITION > :after AND EXPIRES_AT > " + now + " ORDER BY POSITION LIMIT :limit)",
				"INSERT INTO " + streams
						+ " (NAMESPACE, SESSION_ID, STREAM, OWNER, REQUEST_ID, LAST_POSITION, COMPLETE,"
						+ " READER, DELIVERED, ANNOUNCED, EXPIRES_AT) VALUES (:namespace, :session, :stream, :owner,"
						+ " :requestId, :last, :complete, :reader, :delivered, :announced, " + now + " + :retention)",
				"UPDATE " + streams + " SET LAST_POSITION = :last, COMPLETE = :complete, READER = :reader,"
						+ " DELIVERED = :delivered, ANNOUNCED = :announced, EXPIRES_AT = " + now + " + :retention"
						+ stream,
				"INSERT INTO " + events + " (NAMESPACE, SESSION_ID, STREAM, POSITION, SEQ, BYTES_BEFORE, BYTES_AFTER,"
						+ " EXPIRES_AT, MESSAGE) VALUES (:namespace, :session, :stream, :position, :seq, :before,"
						+ " :after, " + now + " + :retention, :message)",
				"SELECT SEQ, BYTES_BEFORE FROM " + events + session + " ORDER BY SEQ LIMIT :limit",
				"DELETE FROM " + events + session + " AND SEQ IN (:numbers)", "DELETE FROM " + streams + stream,
				"SELECT STREAM FROM " + streams + session
						+ " AND OWNER IS NOT NULL ORDER BY COMPLETE DESC, EXPIRES_AT LIMIT :limit",
				"DELETE FROM " + streams + session + " AND STREAM IN (:streams)",
				"SELECT NAMESPACE, SESSION_ID, SEQ FROM " + events + " WHERE EXPIRES_AT <= " + fixedNow
						+ " ORDER BY EXPIRES_AT LIMIT :limit",
				"DELETE FROM " + events + session + " AND SEQ IN (:numbers) AND EXPIRES_AT <= " + now,
				"SELECT NAMESPACE, SESSION_ID, STREAM FROM " + streams + " WHERE EXPIRES_AT <= " + fixedNow
						+ " ORDER BY EXPIRES_AT LIMIT :limit",
				"DELETE FROM " + streams + stream + " AND EXPIRES_AT <= " + now);
	}

}
