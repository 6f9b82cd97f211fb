package io.github.mcpsession.jdbc;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import javax.sql.DataSource;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRecordCodec;
import io.github.mcpsession.SessionStore;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.util.Assert;

/**
 * A {@link SessionStore} in a table of a relational database: H2, PostgreSQL, MySQL or
 * MariaDB. Every change is one conditional statement in a short transaction of its own;
 * expiry is judged by the clock of the database. Expired rows stay, unseen, until they
 * are {@linkplain #takeExpired cleaned up}.
 */
public final class JdbcSessionStore implements ListableSessionStore {

	/**
	 * What the name of the table begins with unless told otherwise.
	 */
	public static final String DEFAULT_TABLE_PREFIX = "MCP_";

	private static final String INSERT = """
			INSERT INTO {SESSION}
			(NAMESPACE, SESSION_ID, VERSION, CREATED_AT, LAST_ACCESS_AT, EXPIRES_AT, PRINCIPAL, DATA)
			VALUES (:namespace, :id, 1, {NOW}, {NOW}, {NOW} + :timeout, :principal, :data)
			""";

	private static final String FIND = """
			SELECT VERSION, CREATED_AT, LAST_ACCESS_AT, DATA FROM {SESSION}
			WHERE NAMESPACE = :namespace AND SESSION_ID = :id AND EXPIRES_AT > {NOW}
			""";

	private static final String FIND_VERSION = """
			SELECT VERSION, LAST_ACCESS_AT FROM {SESSION}
			WHERE NAMESPACE = :namespace AND SESSION_ID = :id AND EXPIRES_AT > {NOW}
			""";

	/**
	 * A page of rows, expired ones without their data.
	 */
	private static final String LIST = """
			SELECT NAMESPACE, SESSION_ID, VERSION, CREATED_AT, LAST_ACCESS_AT,
			CASE WHEN EXPIRES_AT > {NOW} THEN DATA END AS DATA FROM {SESSION}
			WHERE NAMESPACE = :namespace AND SESSION_ID >= :from
			ORDER BY NAMESPACE, SESSION_ID LIMIT :limit
			""";

	/**
	 * PostgreSQL is given a range of the whole key: going by the namespace alone, it may
	 * sort all of its sessions, and does so while it has no statistics.
	 */
	private static final String POSTGRESQL_LIST = """
			SELECT * FROM (
				SELECT NAMESPACE, SESSION_ID, VERSION, CREATED_AT, LAST_ACCESS_AT,
				CASE WHEN EXPIRES_AT > {NOW} THEN DATA END AS DATA FROM {SESSION}
				WHERE (NAMESPACE, SESSION_ID COLLATE "C") >= (:namespace, :from)
				ORDER BY NAMESPACE, SESSION_ID COLLATE "C" LIMIT :limit
			) PAGE WHERE NAMESPACE = :namespace ORDER BY SESSION_ID COLLATE "C"
			""";

	private static final String COUNT = """
			SELECT COUNT(*) FROM {SESSION}
			WHERE NAMESPACE = :namespace AND PRINCIPAL = :principal AND EXPIRES_AT > {FIXED_NOW}
			""";

	private static final String REPLACE = """
			UPDATE {SESSION} SET DATA = :data, VERSION = VERSION + 1
			WHERE NAMESPACE = :namespace AND SESSION_ID = :id AND EXPIRES_AT > {NOW} AND VERSION = :version
			""";

	private static final String TOUCH = """
			UPDATE {SESSION} SET LAST_ACCESS_AT = {NOW}, EXPIRES_AT = {NOW} + :timeout
			WHERE NAMESPACE = :namespace AND SESSION_ID = :id AND EXPIRES_AT > {NOW}
			""";

	private static final String DELETE = """
			DELETE FROM {SESSION} WHERE NAMESPACE = :namespace AND SESSION_ID = :id AND EXPIRES_AT > {NOW}
			""";

	private static final String FIND_EXPIRED = """
			SELECT NAMESPACE, SESSION_ID FROM {SESSION} WHERE EXPIRES_AT <= {FIXED_NOW}
			AND (NAMESPACE = :namespace OR EXPIRES_AT <= {FIXED_NOW} - :grace)
			ORDER BY EXPIRES_AT LIMIT :limit
			""";

	private static final String LOCK_EXPIRED = """
			SELECT VERSION FROM {SESSION} WHERE NAMESPACE = :namespace AND SESSION_ID = :id AND EXPIRES_AT <= {NOW}
			FOR UPDATE SKIP LOCKED
			""";

	private static final String DELETE_EXPIRED = """
			DELETE FROM {SESSION} WHERE NAMESPACE = :namespace AND SESSION_ID = :id AND EXPIRES_AT <= {NOW}
			""";

	/**
	 * For the nodes of the other application to take its sessions.
	 */
	private static final long GRACE_MILLIS = Duration.ofHours(1).toMillis();

	private final JdbcDatabase database;

	private final String namespace;

	private final SessionRecordCodec codec = new SessionRecordCodec();

	/**
	 * Create a store.
	 * @param dataSource the database
	 * @param tablePrefix what the name of the table begins with: letters, digits and '_'
	 * only
	 * @param namespace what tells the sessions of this application from those of others
	 * @param timeout how long a statement may take
	 * @throws UnsupportedDatabaseException if the database is of another kind
	 * @throws MissingTableException if the table does not exist
	 */
	public JdbcSessionStore(DataSource dataSource, String tablePrefix, String namespace, Duration timeout) {
		this.database = new JdbcDatabase(dataSource, tablePrefix, timeout, "SESSION");
		this.namespace = namespace;
	}

	@Override
	public boolean create(SessionRecord session, Duration idleTimeout) {
		if (insert(session, idleTimeout)) {
			return true;
		}
		boolean expired = update(this.database.sql(DELETE_EXPIRED), session.id());
		return expired && insert(session, idleTimeout);
	}

	private boolean insert(SessionRecord session, Duration idleTimeout) {
		try {
			return update(this.database.sql(INSERT)
				.param("principal", (session.principal() != null) ? SessionIds.hash(session.principal()) : null)
				.param("data", this.codec.write(session))
				.param("timeout", idleTimeout.toMillis()), session.id());
		}
		catch (DuplicateKeyException ex) {
			return false;
		}
	}

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		return this.database
			.read(() -> this.database.sql(FIND)
				.param("namespace", this.namespace)
				.param("id", sessionId)
				.query((row, number) -> read(row, sessionId))
				.list())
			.stream()
			.findFirst()
			.flatMap((session) -> session);
	}

	@Override
	public Optional<SessionStore.Version> findVersion(String sessionId) {
		return this.database
			.read(() -> this.database.sql(FIND_VERSION)
				.param("namespace", this.namespace)
				.param("id", sessionId)
				.query((row, number) -> new SessionStore.Version(row.getLong("VERSION"),
						Instant.ofEpochMilli(row.getLong("LAST_ACCESS_AT"))))
				.list())
			.stream()
			.findFirst();
	}

	private Optional<SessionRecord> read(ResultSet row, String sessionId) throws SQLException {
		String data = row.getString("DATA");
		return (data == null) ? Optional.empty() : this.codec.read(data, sessionId, row.getLong("VERSION"),
				Instant.ofEpochMilli(row.getLong("CREATED_AT")), Instant.ofEpochMilli(row.getLong("LAST_ACCESS_AT")));
	}

	@Override
	public boolean replace(SessionRecord session) {
		return update(
				this.database.sql(REPLACE).param("data", this.codec.write(session)).param("version", session.version()),
				session.id());
	}

	@Override
	public boolean touch(String sessionId, Duration idleTimeout) {
		return update(this.database.sql(TOUCH).param("timeout", idleTimeout.toMillis()), sessionId);
	}

	@Override
	public boolean delete(String sessionId) {
		return update(this.database.sql(DELETE), sessionId);
	}

	/**
	 * In the order of their ids, by the primary key. No more rows are read than a page
	 * has, so it is short where some of them have expired.
	 */
	@Override
	public SessionPage list(@Nullable String cursor, int limit) {
		record Row(String id, Optional<SessionRecord> session) {
		}
		Assert.isTrue(limit > 0, "The limit must be at least 1");
		Assert.isTrue(cursor == null || SessionIds.isValid(cursor), "Not a cursor of this store");
		String list = (this.database.dialect() == JdbcDialect.POSTGRESQL) ? POSTGRESQL_LIST : LIST;
		List<Row> rows = this.database.read(() -> this.database.sql(list)
			.param("namespace", this.namespace)
			.param("from", (cursor != null) ? cursor : "")
			.param("limit", limit + 1)
			.query((row, number) -> new Row(row.getString("SESSION_ID"), read(row, row.getString("SESSION_ID"))))
			.list());
		List<SessionRecord> sessions = rows.stream().limit(limit).flatMap((row) -> row.session().stream()).toList();
		return new SessionPage(sessions,
				(rows.size() > limit) ? SessionIds.boundary(rows.get(limit - 1).id(), rows.get(limit).id()) : null);
	}

	@Override
	public int countByPrincipal(String principal) {
		return this.database
			.read(() -> this.database.sql(COUNT)
				.param("namespace", this.namespace)
				.param("principal", SessionIds.hash(principal))
				.query(Integer.class)
				.list())
			.get(0);
	}

	/**
	 * A batch is one transaction, which leaves rows that are locked for later, so that
	 * two nodes that clean up at once never wait for each other. Rows of other namespaces
	 * too, once they are old, since an application may be gone for good.
	 */
	@Override
	public List<String> takeExpired(int limit) {
		record Key(String namespace, String id) {
		}
		List<Key> expired = this.database.read(() -> this.database.sql(FIND_EXPIRED)
			.param("namespace", this.namespace)
			.param("grace", GRACE_MILLIS)
			.param("limit", limit)
			.query((row, number) -> new Key(row.getString("NAMESPACE"), row.getString("SESSION_ID")))
			.list());
		return expired.isEmpty() ? List.of() : this.database.change(() -> expired.stream()
			.filter((key) -> deleteExpired(key.namespace(), key.id()) > 0 && key.namespace().equals(this.namespace))
			.map(Key::id)
			.toList());
	}

	private int deleteExpired(String namespace, String id) {
		boolean locked = !this.database.sql(LOCK_EXPIRED)
			.param("namespace", namespace)
			.param("id", id)
			.query(Long.class)
			.list()
			.isEmpty();
		return locked ? this.database.sql(DELETE_EXPIRED).param("namespace", namespace).param("id", id).update() : 0;
	}

	private boolean update(StatementSpec statement, String sessionId) {
		return this.database
			.change(() -> statement.param("namespace", this.namespace).param("id", sessionId).update()) > 0;
	}

}
