package io.github.mcpsession.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import javax.sql.DataSource;

import io.github.mcpsession.cluster.NodeChannel;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient.StatementSpec;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * A {@link NodeChannel} on two tables of a relational database: one of nodes, one of
 * messages, a row for each message and receiver. Who receives polls. On PostgreSQL it
 * listens instead, for which it keeps one connection of the pool per node that receives
 * by it, and polls now and then.
 * <p>
 * Each change is a short transaction in the thread of the caller. The connection that
 * listens for a node belongs to the thread that receives for it.
 *
 * @see JdbcSessionStore
 */
public final class JdbcNodeChannel implements NodeChannel, AutoCloseable {

	private static final Duration POLL_INTERVAL_WHILE_LISTENING = Duration.ofSeconds(1);

	private static final String HEARTBEAT = """
			UPDATE {NODE} SET EXPIRES_AT = {NOW} + :timeout
			WHERE NAMESPACE = :namespace AND NODE = :node AND EXPIRES_AT > {NOW}
			""";

	private static final String REVIVE = """
			UPDATE {NODE} SET EXPIRES_AT = {NOW} + :timeout WHERE NAMESPACE = :namespace AND NODE = :node
			""";

	private static final String JOIN = """
			INSERT INTO {NODE} (NAMESPACE, NODE, JOINED_AT, EXPIRES_AT, SECRET)
			VALUES (:namespace, :node, {NOW}, {NOW} + :timeout, :secret)
			""";

	private static final String LEAVE = """
			DELETE FROM {NODE} WHERE NAMESPACE = :namespace AND NODE = :node
			""";

	private static final String DELETE_INBOX = """
			DELETE FROM {MESSAGE} WHERE NAMESPACE = :namespace AND NODE = :node
			""";

	private static final String NODES = """
			SELECT NODE, {NOW} - JOINED_AT AS AGE FROM {NODE} WHERE NAMESPACE = :namespace AND EXPIRES_AT > {NOW}
			""";

	private static final String SECRET = """
			SELECT SECRET FROM {NODE} WHERE NAMESPACE = :namespace AND EXPIRES_AT > {NOW}
			ORDER BY JOINED_AT, NODE LIMIT 1
			""";

	private static final String SEND = """
			INSERT INTO {MESSAGE} (NAMESPACE, NODE, CREATED_AT, MESSAGE)
			SELECT NAMESPACE, NODE, {NOW}, {:message} FROM {NODE}
			WHERE NAMESPACE = :namespace AND NODE = :node AND EXPIRES_AT > {NOW}
			""";

	private static final String SEND_TO_ALL = """
			INSERT INTO {MESSAGE} (NAMESPACE, NODE, CREATED_AT, MESSAGE)
			SELECT NAMESPACE, NODE, {NOW}, {:message} FROM {NODE}
			WHERE NAMESPACE = :namespace AND EXPIRES_AT > {NOW}
			""";

	private final JdbcDatabase database;

	private final String namespace;

	private final Duration pollInterval;

	private final JdbcInbox inbox;

	private final DeadNodeCleaner cleaner;

	private final NotifyingSender sender;

	private final boolean hasPostgresDriver = ClassUtils.isPresent("org.postgresql.PGConnection",
			JdbcNodeChannel.class.getClassLoader());

	private final Map<String, PostgresNotifications> wakeUps = new ConcurrentHashMap<>();

	private final String secret = UUID.randomUUID().toString();

	private volatile boolean closed;

	/**
	 * Create a channel.
	 * @param dataSource the database
	 * @param tablePrefix what the names of the tables begin with: letters, digits and '_'
	 * only
	 * @param namespace what tells the nodes of this application from those of others
	 * @param statementTimeout how long a statement may take
	 * @param pollInterval how often to look for messages
	 * @throws UnsupportedDatabaseException if the database is of another kind
	 * @throws MissingTableException if a table does not exist
	 */
	public JdbcNodeChannel(DataSource dataSource, String tablePrefix, String namespace, Duration statementTimeout,
			Duration pollInterval) {
		Assert.isTrue(pollInterval.toMillis() > 0, "The poll interval must be at least a millisecond");
		this.database = new JdbcDatabase(dataSource, tablePrefix, statementTimeout, "NODE", "MESSAGE");
		this.namespace = namespace;
		this.pollInterval = pollInterval;
		this.inbox = new JdbcInbox(this.database, namespace);
		this.cleaner = new DeadNodeCleaner(this.database, this.inbox);
		this.sender = new NotifyingSender(this.database);
	}

	/**
	 * Whether a connection is kept for as long as this node receives.
	 * @return whether it is
	 */
	public boolean keepsConnection() {
		return this.hasPostgresDriver && this.database.dialect() == JdbcDialect.POSTGRESQL;
	}

	@Override
	public boolean heartbeat(String node, Duration timeout) {
		boolean wasAlive = prolong(HEARTBEAT, node, timeout);
		if (!wasAlive && !prolong(REVIVE, node, timeout)) {
			try {
				this.database.change(() -> about(node, JOIN).param("timeout", timeout.toMillis())
					.param("secret", this.secret)
					.update());
			}
			catch (DuplicateKeyException ex) {
				prolong(REVIVE, node, timeout);
			}
		}
		this.cleaner.onHeartbeat(timeout);
		return wasAlive;
	}

	private boolean prolong(String statement, String node, Duration timeout) {
		return this.database.change(() -> about(node, statement).param("timeout", timeout.toMillis()).update()) > 0;
	}

	@Override
	public void leave(String node) {
		this.database.change(() -> about(node, LEAVE).update() + about(node, DELETE_INBOX).update());
		this.inbox.forget(node);
		PostgresNotifications wakeUp = this.wakeUps.remove(node);
		if (wakeUp != null) {
			wakeUp.close();
		}
	}

	@Override
	public Map<String, Duration> nodes() {
		return this.database
			.read(() -> this.database.sql(NODES)
				.param("namespace", this.namespace)
				.query((row, number) -> Map.entry(row.getString("NODE"),
						Duration.ofMillis(Math.max(0, row.getLong("AGE")))))
				.list())
			.stream()
			.collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
	}

	/**
	 * That of the node that has been alive for longest.
	 */
	@Override
	public String secret() {
		return this.database
			.read(() -> this.database.sql(SECRET).param("namespace", this.namespace).query(String.class).list())
			.stream()
			.findFirst()
			.orElse(this.secret);
	}

	@Override
	public boolean send(String node, String message) {
		return this.sender.send(node, () -> about(node, SEND).param("message", message).update()) > 0;
	}

	@Override
	public void sendToAll(String message) {
		this.sender.send(PostgresNotifications.ALL,
				() -> this.database.sql(SEND_TO_ALL)
					.param("namespace", this.namespace)
					.param("message", message)
					.update());
	}

	@Override
	public List<String> receive(String node, Duration timeout) throws InterruptedException {
		long end = System.nanoTime() + timeout.toNanos();
		PostgresNotifications wakeUp = wakeUpOf(node);
		while (true) {
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			// listen first, so that nothing is sent unnoticed after the look
			boolean listening = wakeUp != null && wakeUp.listen();
			List<String> messages = take(node);
			Duration left = Duration.ofNanos(end - System.nanoTime());
			if (!messages.isEmpty() || left.toMillis() <= 0) {
				return messages;
			}
			if (wakeUp != null && listening) {
				wakeUp.await(node, min(left, max(this.pollInterval, POLL_INTERVAL_WHILE_LISTENING)));
			}
			else {
				Duration pause = (wakeUp != null) ? min(this.pollInterval, POLL_INTERVAL_WHILE_LISTENING)
						: this.pollInterval;
				Thread.sleep(min(left, pause).toMillis());
			}
		}
	}

	private @Nullable PostgresNotifications wakeUpOf(String node) {
		return (this.hasPostgresDriver && this.database.dialect() == JdbcDialect.POSTGRESQL && !this.closed)
				? this.wakeUps.computeIfAbsent(node, (name) -> new PostgresNotifications(this.database.dataSource()))
				: null;
	}

	private List<String> take(String node) throws InterruptedException {
		try {
			return this.inbox.take(node);
		}
		catch (RuntimeException ex) {
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			throw ex;
		}
	}

	/**
	 * Close the connections that listen. Does not leave.
	 */
	@Override
	public void close() {
		this.closed = true;
		this.wakeUps.values().forEach(PostgresNotifications::close);
	}

	private StatementSpec about(String node, String statement) {
		return this.database.sql(statement).param("namespace", this.namespace).param("node", node);
	}

	private static Duration min(Duration a, Duration b) {
		return (a.compareTo(b) < 0) ? a : b;
	}

	private static Duration max(Duration a, Duration b) {
		return (a.compareTo(b) > 0) ? a : b;
	}

}
