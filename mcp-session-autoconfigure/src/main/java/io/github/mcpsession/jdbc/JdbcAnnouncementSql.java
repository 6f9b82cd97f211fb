package io.github.mcpsession.jdbc;

/**
 * The statements of {@link JdbcAnnouncements}. The row without a topic has the highest
 * number of its namespace.
 */
record JdbcAnnouncementSql(String raise, String begin, String look, String replace, String insert, String after,
		String surplus, String drop, String findExpired, String deleteExpired) {

	static final String ANNOUNCEMENT = "ANNOUNCEMENT";

	private static final String NO_TOPIC = " AND TOPIC_HASH = ''";

	private static final String ANY_TOPIC = " AND TOPIC_HASH <> ''";

	static JdbcAnnouncementSql of(JdbcDatabase database) {
		String now = database.dialect().now();
		String table = database.table(ANNOUNCEMENT);
		String namespace = " WHERE NAMESPACE = :namespace";
		String insert = "INSERT INTO " + table
				+ " (NAMESPACE, TOPIC_HASH, NUMBER, TOPIC, MESSAGE) VALUES (:namespace, ";
		return new JdbcAnnouncementSql(
				"UPDATE " + table + " SET NUMBER = GREATEST(NUMBER + 1, " + now + ")" + namespace + NO_TOPIC,
				insert + "'', 0, '', '')",
				"SELECT C.NUMBER, T.TOPIC_HASH FROM " + table + " C LEFT JOIN " + table
						+ " T ON T.NAMESPACE = C.NAMESPACE AND T.TOPIC_HASH = :hash"
						+ " WHERE C.NAMESPACE = :namespace AND C.TOPIC_HASH = ''",
				"UPDATE " + table + " SET NUMBER = :number, MESSAGE = :message" + namespace + " AND TOPIC_HASH = :hash",
				insert + ":hash, :number, :topic, :message)",
				"SELECT NUMBER, TOPIC, MESSAGE FROM " + table + namespace + " AND NUMBER > :number AND NUMBER >= "
						+ database.dialect().fixedNow() + " - :retention" + ANY_TOPIC
						+ " ORDER BY NUMBER DESC LIMIT :limit",
				"SELECT TOPIC_HASH FROM " + table + namespace + ANY_TOPIC
						+ " ORDER BY NUMBER DESC LIMIT :limit OFFSET :kept",
				"DELETE FROM " + table + namespace + " AND TOPIC_HASH IN (:hashes)",
				"SELECT NAMESPACE, TOPIC_HASH FROM " + table + " WHERE NUMBER < " + database.dialect().fixedNow()
						+ " - :retention ORDER BY NUMBER LIMIT :limit",
				"DELETE FROM " + table + namespace + " AND TOPIC_HASH = :hash AND NUMBER < " + now + " - :retention");
	}

}
