package io.github.mcpsession.jdbc;

import java.time.Duration;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.contract.NodeChannelContract;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The contract on a database.
 */
@OnBackends({ Backend.H2, Backend.POSTGRESQL_REPEATABLE_READ, Backend.MARIADB, Backend.MARIADB_READ_COMMITTED })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JdbcNodeChannelTests extends NodeChannelContract {

	static final String PREFIX = "CONTRACT_";

	static final Duration TIMEOUT = Duration.ofSeconds(5);

	private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

	@Parameter
	private Backend backend;

	HikariDataSource dataSource;

	JdbcClient jdbc;

	@BeforeParameterizedClassInvocation
	void openPool() {
		this.dataSource = TestPools.openInZone(this.backend, PREFIX);
		this.jdbc = JdbcClient.create(this.dataSource);
	}

	@AfterParameterizedClassInvocation
	void closeDataSource() {
		TestPools.close(this.dataSource);
	}

	@Override
	protected NodeChannel createChannel(String namespace) {
		return new JdbcNodeChannel(this.dataSource, PREFIX, namespace, TIMEOUT, POLL_INTERVAL);
	}

	@Override
	protected long amountOfData(String namespace) {
		return count("NODE", namespace) + count("MESSAGE", namespace);
	}

	private long count(String table, String namespace) {
		return this.jdbc.sql("SELECT COUNT(*) FROM " + PREFIX + table + " WHERE NAMESPACE = ?")
			.param(namespace)
			.query(Long.class)
			.single();
	}

	@Test
	void aMessageThatWasReadDoesNotStay() throws Exception {
		this.channelOfA.send(this.b, "1");
		assertThat(count("MESSAGE", this.namespace)).isOne();
		receive(this.channelOfB, this.b, 1);
		assertThat(count("MESSAGE", this.namespace)).isZero();
	}

	@Test
	void manyMessagesAreReadInSmallBatches() throws Exception {
		for (int i = 0; i < 40; i++) {
			this.channelOfA.send(this.b, "x");
		}
		assertThat(this.channelOfB.receive(this.b, LONG)).hasSizeBetween(1, 16);
	}

	@Test
	void nothingStaysOfNodesThatAreLongDead() {
		this.channelOfA.sendToAll("1");
		this.jdbc.sql("UPDATE CONTRACT_NODE SET EXPIRES_AT = 1000 WHERE NODE = ?").param(this.a).update();
		this.jdbc.sql("UPDATE CONTRACT_MESSAGE SET CREATED_AT = 1000 WHERE NAMESPACE = ?")
			.param(this.namespace)
			.update();
		this.jdbc.sql("INSERT INTO CONTRACT_MESSAGE (NAMESPACE, NODE, CREATED_AT, MESSAGE) VALUES (?, ?, 1000, 'x')")
			.param(this.namespace)
			.param(this.c)
			.update();
		create(this.namespace + "x").heartbeat(this.c, LONG);
		assertThat(count("NODE", this.namespace)).isOne();
		assertThat(count("MESSAGE", this.namespace)).isOne();
		assertThat(this.channelOfA.nodes()).containsOnlyKeys(this.b);
		create(this.namespace + "x").leave(this.c);
	}

	@Test
	void aPoolWithoutAutoCommitWillDo() throws Exception {
		try (HikariDataSource pool = TestPools.withoutAutoCommit(this.dataSource);
				JdbcNodeChannel channel = new JdbcNodeChannel(pool, PREFIX, this.namespace, TIMEOUT, POLL_INTERVAL)) {
			channel.heartbeat(this.c, LONG);
			assertNothingFor(channel, this.c);
			assertThat(this.channelOfA.send(this.c, "1")).isTrue();
			channel.sendToAll("2");
			assertThat(channel.send(this.b, "3")).isTrue();
			assertThat(receive(channel, this.c, 2)).containsExactly("1", "2");
			assertThat(receive(this.channelOfB, this.b, 2)).containsExactly("2", "3");
			assertThat(channel.nodes()).containsOnlyKeys(this.a, this.b, this.c);
			channel.leave(this.c);
			assertThat(this.channelOfA.nodes()).containsOnlyKeys(this.a, this.b);
		}
	}

	@Test
	void aMissingTableIsToldFromTheStart() {
		assertThatExceptionOfType(MissingTableException.class)
			.isThrownBy(() -> new JdbcNodeChannel(this.dataSource, "NONE_", "x", TIMEOUT, POLL_INTERVAL))
			.withMessageContaining("NONE_NODE");
	}

	@Test
	void aTablePrefixIsNoPlaceForSql() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new JdbcNodeChannel(this.dataSource, "X; DROP TABLE Y; --", "x", TIMEOUT, POLL_INTERVAL));
	}

}
