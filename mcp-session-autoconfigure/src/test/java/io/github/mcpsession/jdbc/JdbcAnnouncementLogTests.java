package io.github.mcpsession.jdbc;

import java.time.Duration;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.contract.AnnouncementLogContract;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.AnnouncementLog;
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
@OnBackends({ Backend.H2, Backend.POSTGRESQL, Backend.POSTGRESQL_REPEATABLE_READ, Backend.MARIADB })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JdbcAnnouncementLogTests extends AnnouncementLogContract {

	private static final String PREFIX = "CONTRACT_";

	private static final Duration TIMEOUT = Duration.ofSeconds(5);

	@Parameter
	private Backend backend;

	private HikariDataSource dataSource;

	private JdbcClient jdbc;

	@BeforeParameterizedClassInvocation
	void openPool() {
		this.dataSource = TestPools.open(this.backend, PREFIX);
		this.jdbc = JdbcClient.create(this.dataSource);
	}

	@AfterParameterizedClassInvocation
	void closeDataSource() {
		this.dataSource.close();
	}

	@Override
	protected AnnouncementLog createLog(String namespace) {
		return new JdbcAnnouncementLog(this.dataSource, PREFIX, namespace, TIMEOUT);
	}

	private long rows() {
		return this.jdbc.sql("SELECT COUNT(*) FROM CONTRACT_ANNOUNCEMENT WHERE NAMESPACE = ?")
			.param(this.namespace)
			.query(Long.class)
			.single();
	}

	private void setNumbers(long number) {
		this.jdbc.sql("UPDATE CONTRACT_ANNOUNCEMENT SET NUMBER = ? WHERE NAMESPACE = ?")
			.param(number)
			.param(this.namespace)
			.update();
	}

	@Test
	void topicsThatAreTooManyAreDeleted() {
		for (int i = 0; i < 2 * AnnouncementLog.MAX_TOPICS; i++) {
			this.log.announce("topic " + i, "{}");
		}
		assertThat(rows()).isBetween((long) AnnouncementLog.MAX_TOPICS, AnnouncementLog.MAX_TOPICS + 200L);
	}

	@Test
	void whatIsTooOldIsDeleted() {
		long first = this.log.announce("a", "1");
		this.log.announce("b", "2");
		setNumbers(1000);
		assertThat(this.log.after(0)).isEmpty();
		while (((JdbcAnnouncementLog) createLog("another")).deleteExpired(2) == 2) {
			// there is more
		}
		assertThat(rows()).isZero();
		long next = this.log.announce("c", "3");
		assertThat(next).isGreaterThan(first);
		assertThat(this.log.after(0)).containsExactly(new Announcement(next, "c", "3"));
	}

	@Test
	void aNumberIsHigherThanTheLastEvenIfTheClockIsNot() {
		this.log.announce("a", "1");
		long future = System.currentTimeMillis() + 1_000_000;
		setNumbers(future);
		assertThat(this.log.announce("b", "2")).isEqualTo(future + 1);
		assertThat(this.log.announce("a", "3")).isEqualTo(future + 2);
	}

	@Test
	void aLargeMessageIsKeptWhole() {
		String message = "ü".repeat(500_000);
		long number = this.log.announce("a", message);
		assertThat(this.log.after(0)).containsExactly(new Announcement(number, "a", message));
	}

	@Test
	void aPoolWithoutAutoCommitWillDo() {
		try (HikariDataSource pool = TestPools.withoutAutoCommit(this.dataSource)) {
			JdbcAnnouncementLog other = new JdbcAnnouncementLog(pool, PREFIX, this.namespace, TIMEOUT);
			assertThat(other.after(0)).isEmpty();
			long first = other.announce("a", "1");
			long second = this.log.announce("b", "2");
			assertThat(other.after(0)).extracting(Announcement::number).containsExactly(first, second);
		}
	}

	@Test
	void aMissingTableIsToldFromTheStart() {
		assertThatExceptionOfType(MissingTableException.class)
			.isThrownBy(() -> new JdbcAnnouncementLog(this.dataSource, "NONE_", "x", TIMEOUT))
			.withMessageContaining("NONE_ANNOUNCEMENT");
	}

	@Test
	void aTablePrefixIsNoPlaceForSql() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new JdbcAnnouncementLog(this.dataSource, "X; DROP TABLE Y; --", "x", TIMEOUT));
	}

}
