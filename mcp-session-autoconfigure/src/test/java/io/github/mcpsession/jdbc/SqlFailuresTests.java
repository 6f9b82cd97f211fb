package io.github.mcpsession.jdbc;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;

import org.junit.jupiter.api.Test;

import org.springframework.dao.DataAccessResourceFailureException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * By the codes of the servers that cannot be had here, or not in that state.
 */
class SqlFailuresTests {

	private static Exception of(String state, int code, Throwable cause) {
		return new DataAccessResourceFailureException("x", new SQLException("x", state, code, cause));
	}

	@Test
	void aServerThatCannotBeWritten() {
		assertThat(SqlFailures.isReadOnly(of("25006", 0, null))).isTrue();
		assertThat(SqlFailures.isReadOnly(of("HY000", 1290, null))).isTrue();
		assertThat(SqlFailures.isReadOnly(of("HY000", 1836, null))).isTrue();
		assertThat(SqlFailures.isReadOnly(of("53100", 0, null))).isFalse();
	}

	@Test
	void aDeadConnectionButNotASilentOneNorAPoolThatHasNone() {
		assertThat(SqlFailures.isDeadConnection(of("08006", 0, new IOException("reset")))).isTrue();
		assertThat(SqlFailures.isDeadConnection(of("57P01", 0, null))).isTrue();
		assertThat(SqlFailures.isDeadConnection(of("08006", 0, new SocketTimeoutException()))).isFalse();
		assertThat(SqlFailures.isDeadConnection(new SQLTransientConnectionException("none", "08001"))).isFalse();
		assertThat(SqlFailures.isDeadConnection(of("23505", 0, null))).isFalse();
	}

	@Test
	void aDatabaseThatIsAwayButNotOneThatRefusesTheUser() {
		assertThat(SqlFailures.isAway(of("08001", 0, new ConnectException()))).isTrue();
		assertThat(SqlFailures.isAway(of("57P03", 0, null))).isTrue();
		assertThat(SqlFailures.isAway(of("53300", 0, null))).isTrue();
		assertThat(SqlFailures.isAway(of("28P01", 0, null))).isFalse();
		assertThat(SqlFailures.isAway(of("3D000", 0, null))).isFalse();
	}

}
