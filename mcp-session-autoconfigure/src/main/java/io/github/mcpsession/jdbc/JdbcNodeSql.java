package io.github.mcpsession.jdbc;

/**
 * The statements of {@link JdbcNodeChannel}.
 */
record JdbcNodeSql(String heartbeat, String revive, String join, String leave, String deleteInbox, String nodes,
		String secret, String send, String sendToAll, String read, String delete, String findDead, String deleteDead,
		String findOrphans) {

	static final String NODE = "NODE";

	static final String MESSAGE = "MESSAGE";

	static JdbcNodeSql of(JdbcDatabase database) {
		JdbcDialect dialect = database.dialect();
		String nodes = database.table(NODE);
		String messages = database.table(MESSAGE);
		String now = dialect.now();
		String node = " WHERE NAMESPACE = :namespace AND NODE = :node";
		String alive = " AND EXPIRES_AT > " + now;
		String send = "INSERT INTO " + messages + " (NAMESPACE, NODE, CREATED_AT, MESSAGE) SELECT NAMESPACE, NODE, "
				+ now + ", " + dialect.text(":message") + " FROM " + nodes;
		String longAgo = " < " + now + " - :grace";
		String prolong = "UPDATE " + nodes + " SET EXPIRES_AT = " + now + " + :timeout" + node;
		return new JdbcNodeSql(prolong + alive, prolong,
				"INSERT INTO " + nodes + " (NAMESPACE, NODE, JOINED_AT, EXPIRES_AT, SECRET) VALUES (:namespace, :node, "
						+ now + ", " + now + " + :timeout, :secret)",
				"DELETE FROM " + nodes + node, "DELETE FROM " + messages + node,
				"SELECT NODE, " + now + " - JOINED_AT AS AGE FROM " + nodes + " WHERE NAMESPACE = :namespace" + alive,
				"SELECT SECRET FROM " + nodes + " WHERE NAMESPACE = :namespace" + alive
						+ " ORDER BY JOINED_AT, NODE LIMIT 1",
				send + node + alive, send + " WHERE NAMESPACE = :namespace" + alive,
				"SELECT ID, MESSAGE FROM " + messages + node + " ORDER BY ID LIMIT :limit",
				"DELETE FROM " + messages + " WHERE ID IN (:ids)",
				"SELECT NAMESPACE, NODE FROM " + nodes + " WHERE EXPIRES_AT" + longAgo + " LIMIT :limit",
				"DELETE FROM " + nodes + node + " AND EXPIRES_AT" + longAgo, """
						SELECT M.ID FROM %s M WHERE M.CREATED_AT < %s - :grace AND NOT EXISTS (
							SELECT 1 FROM %s N WHERE N.NAMESPACE = M.NAMESPACE AND N.NODE = M.NODE)
						ORDER BY M.CREATED_AT LIMIT :limit
						""".formatted(messages, dialect.fixedNow(), nodes));
	}

}
