package io.github.mcpsession.jdbc;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

import javax.sql.DataSource;

import io.github.mcpsession.cluster.ClusterChannel;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.core.NestedRuntimeException;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.BadSqlGrammarException;
import org.springframework.jdbc.core.ConnectionCallback;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * A {@link ClusterChannel} on two tables of a relational database: one of nodes, one of
 * messages, a row for each message and receiver. Rows are read and deleted by their id:
 * what is committed late has a lower id than what was read before. Who receives polls; on
 * PostgreSQL it listens, which takes one connection, and polls once a second at most.
 * <p>
 * Each change is a short transaction in the thread of the caller. The thread that
 * receives for a node is the only one to touch what is remembered as undeleted for it,
 * and the listening connection.
 *
 * @since 0.1.0
 * @see JdbcSessionStore
 */
public final class JdbcClusterChannel implements ClusterChannel, AutoCloseable {

	private static final Log logger = LogFactory.getLog(JdbcClusterChannel.class);

	private static final int BATCH = 100;

	private static final int ATTEMPTS = 3;

	private static final int HEARTBEATS_PER_CLEANUP = 15;

	private static final Duration SHORTEST_GRACE = Duration.ofMinutes(1);

	private static final Duration POLL_INTERVAL_WHILE_LISTENING = Duration.ofSeconds(1);

	private final JdbcClient jdbc;

	private final TransactionOperations transaction;

	private final TransactionOperations reading;

	private final String namespace;

	private final Duration pollInterval;

	private final JdbcClusterSql sql;

	private final @Nullable PostgresWakeUp wakeUp;

	private final AtomicInteger heartbeats = new AtomicInteger();

	private final Map<String, List<Long>> undeleted = new ConcurrentHashMap<>();

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
	public JdbcClusterChannel(DataSource dataSource, String tablePrefix, String namespace, Duration statementTimeout,
			Duration pollInterval) {
		Assert.isTrue(tablePrefix.matches("[A-Za-z0-9_]*"), "The table prefix may have letters, digits and '_' only");
		Assert.isTrue(pollInterval.toMillis() > 0, "The poll interval must be at least a millisecond");
		JdbcTemplate template = new JdbcTemplate(dataSource);
		template.setQueryTimeout((int) Math.max(1, statementTimeout.toSeconds()));
		JdbcDialect dialect = JdbcDialect.of(dataSource);
		this.jdbc = JdbcClient.create(template);
		this.transaction = new TransactionTemplate(new JdbcTransactionManager(dataSource));
		this.namespace = namespace;
		this.pollInterval = pollInterval;
		this.sql = JdbcClusterSql.of(dialect, tablePrefix + "NODE", tablePrefix + "MESSAGE");
		probe(this.sql.probeNodes(), tablePrefix + "NODE");
		probe(this.sql.probeMessages(), tablePrefix + "MESSAGE");
		// without auto-commit, a read that is not committed may see old data for ever
		ConnectionCallback<Boolean> autoCommit = (connection) -> connection.getAutoCommit();
		this.reading = Boolean.TRUE.equals(template.execute(autoCommit)) ? TransactionOperations.withoutTransaction()
				: this.transaction;
		this.wakeUp = (dialect == JdbcDialect.POSTGRESQL
				&& ClassUtils.isPresent("org.postgresql.PGConnection", JdbcClusterChannel.class.getClassLoader()))
						? new PostgresWakeUp(dataSource) : null;
	}

	private void probe(String probe, String table) {
		try {
			this.jdbc.sql(probe).query().listOfRows();
		}
		catch (BadSqlGrammarException ex) {
			throw new MissingTableException(table, ex);
		}
	}

	@Override
	public void heartbeat(String node, Duration timeout) {
		if (!prolong(node, timeout)) {
			try {
				change(() -> about(node, this.sql.join()).param("timeout", timeout.toMillis()).update());
			}
			catch (DuplicateKeyException ex) {
				prolong(node, timeout);
			}
		}
		if (this.heartbeats.getAndIncrement() % HEARTBEATS_PER_CLEANUP == 0) {
			Duration fiveTimes = timeout.multipliedBy(5);
			cleanUp((fiveTimes.compareTo(SHORTEST_GRACE) > 0) ? fiveTimes : SHORTEST_GRACE);
		}
	}

	private boolean prolong(String node, Duration timeout) {
		return change(() -> about(node, this.sql.heartbeat()).param("timeout", timeout.toMillis()).update()) > 0;
	}

	/**
	 * Delete nodes that are long dead, and messages that are left without a node: theirs,
	 * and those sent while a node left. Of all namespaces, since an application may be
	 * gone for good.
	 */
	private void cleanUp(Duration grace) {
		record Key(String namespace, String node) {
		}
		try {
			List<Key> dead = this.jdbc.sql(this.sql.findDead())
				.param("grace", grace.toMillis())
				.param("limit", BATCH)
				.query((row, number) -> new Key(row.getString("NAMESPACE"), row.getString("NODE")))
				.list();
			for (Key key : dead) {
				change(() -> this.jdbc.sql(this.sql.deleteDead())
					.param("grace", grace.toMillis())
					.param("namespace", key.namespace())
					.param("node", key.node())
					.update());
			}
			List<Long> orphans;
			do {
				orphans = this.jdbc.sql(this.sql.findOrphans())
					.param("grace", grace.toMillis())
					.param("limit", BATCH)
					.query(Long.class)
					.list();
				delete(orphans);
			}
			while (orphans.size() == BATCH);
		}
		catch (NestedRuntimeException ex) {
			logger.debug("Cannot clean up after dead nodes, the next one will", ex);
		}
	}

	@Override
	public void leave(String node) {
		change(() -> about(node, this.sql.leave()).update() + about(node, this.sql.deleteInbox()).update());
		this.undeleted.remove(node);
	}

	@Override
	public Set<String> nodes() {
		return Set
			.copyOf(this.jdbc.sql(this.sql.nodes()).param("namespace", this.namespace).query(String.class).list());
	}

	@Override
	public boolean send(String node, String message) {
		return change(() -> notify(node, about(node, this.sql.send()).param("message", message).update())) > 0;
	}

	@Override
	public void sendToAll(String message) {
		change(() -> notify(PostgresWakeUp.ALL,
				this.jdbc.sql(this.sql.sendToAll())
					.param("namespace", this.namespace)
					.param("message", message)
					.update()));
	}

	private int notify(String whom, int sent) {
		if (this.wakeUp != null && sent > 0) {
			this.jdbc.sql("SELECT pg_notify('" + PostgresWakeUp.CHANNEL + "', :whom)")
				.param("whom", whom)
				.query((row, number) -> number)
				.list();
		}
		return sent;
	}

	@Override
	public List<String> receive(String node, Duration timeout) throws InterruptedException {
		long end = System.nanoTime() + timeout.toNanos();
		while (true) {
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			boolean listening = this.wakeUp != null && this.wakeUp.listen();
			List<String> messages = read(node);
			long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
			if (!messages.isEmpty() || left <= 0) {
				return messages;
			}
			if (listening && this.wakeUp != null) {
				long interval = Math.max(this.pollInterval.toMillis(), POLL_INTERVAL_WHILE_LISTENING.toMillis());
				this.wakeUp.await(node, Duration.ofMillis(Math.min(interval, left)));
			}
			else {
				Thread.sleep(Math.min(this.pollInterval.toMillis(), left));
			}
		}
	}

	private List<String> read(String node) throws InterruptedException {
		record Row(long id, String message) {
		}
		List<Row> rows;
		try {
			List<Long> before = this.undeleted.get(node);
			if (before != null) {
				delete(before);
				this.undeleted.remove(node);
			}
			rows = this.reading.execute((status) -> about(node, this.sql.read()).param("limit", BATCH)
				.query((row, number) -> new Row(row.getLong("ID"), row.getString("MESSAGE")))
				.list());
		}
		catch (RuntimeException ex) {
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			throw ex;
		}
		if (rows == null || rows.isEmpty()) {
			return List.of();
		}
		List<Long> ids = rows.stream().map(Row::id).toList();
		this.undeleted.put(node, ids);
		try {
			delete(ids);
			this.undeleted.remove(node);
		}
		catch (NestedRuntimeException ex) {
			logger.debug("Cannot delete messages that were read, trying again before the next read", ex);
		}
		return rows.stream().map(Row::message).toList();
	}

	private void delete(List<Long> ids) {
		if (!ids.isEmpty()) {
			change(() -> this.jdbc.sql(this.sql.delete()).param("ids", ids).update());
		}
	}

	/**
	 * Close the connection that listens. Does not leave.
	 */
	@Override
	public void close() {
		if (this.wakeUp != null) {
			this.wakeUp.close();
		}
	}

	private JdbcClient.StatementSpec about(String node, String statement) {
		return this.jdbc.sql(statement).param("namespace", this.namespace).param("node", node);
	}

	/**
	 * Again if the database rolled it back in favour of another one, as on a deadlock.
	 */
	private int change(IntSupplier change) {
		for (int attempt = 1;; attempt++) {
			try {
				Integer rows = this.transaction.execute((status) -> change.getAsInt());
				return (rows != null) ? rows : 0;
			}
			catch (ConcurrencyFailureException ex) {
				if (attempt == ATTEMPTS) {
					throw ex;
				}
			}
		}
	}

}
