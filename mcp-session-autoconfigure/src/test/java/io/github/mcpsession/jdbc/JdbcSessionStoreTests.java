package io.github.mcpsession.jdbc;

import java.time.Duration;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.contract.ListableSessionStoreContract;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.OnBackends;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;

import org.springframework.boot.jdbc.init.DatabaseInitializationProperties;
import org.springframework.boot.sql.init.DatabaseInitializationMode;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The contract on a database.
 */
@OnBackends({ Backend.H2, Backend.POSTGRESQL, Backend.POSTGRESQL_REPEATABLE_READ, Backend.MARIADB,
		Backend.MARIADB_READ_COMMITTED })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JdbcSessionStoreTests extends ListableSessionStoreContract {

	private static final String PREFIX = "CONTRACT_";

	@Parameter
	private Backend backend;

	private HikariDataSource dataSource;

	private JdbcClient jdbc;

	@BeforeParameterizedClassInvocation
	void openPool() {
		this.dataSource = TestPools.openInZone(this.backend, PREFIX);
		this.jdbc = JdbcClient.create(this.dataSource);
	}

	static void initialize(HikariDataSource dataSource, String prefix) {
		Properties properties = new Properties();
		properties.setInitializeSchema(DatabaseInitializationMode.ALWAYS);
		properties.setContinueOnError(false);
		new JdbcSessionDataSourceScriptDatabaseInitializer(dataSource, properties, prefix).initializeDatabase();
	}

	@AfterParameterizedClassInvocation
	void closeDataSource() {
		TestPools.close(this.dataSource);
	}

	@Override
	protected SessionStore createStore() {
		return new JdbcSessionStore(this.dataSource, PREFIX, "contract", Duration.ofSeconds(5));
	}

	@Override
	protected SessionStore createStoreOfOtherNamespace() {
		return new JdbcSessionStore(this.dataSource, PREFIX, "contract2", Duration.ofSeconds(5));
	}

	@Override
	protected boolean hasData(String sessionId) {
		return this.jdbc.sql("SELECT COUNT(*) FROM CONTRACT_SESSION WHERE SESSION_ID = ?")
			.param(sessionId)
			.query(Integer.class)
			.single() > 0;
	}

	@Override
	protected void corrupt(String sessionId) {
		this.jdbc.sql("UPDATE CONTRACT_SESSION SET DATA = '{' WHERE SESSION_ID = ?").param(sessionId).update();
	}

	@Test
	void theSchemaCanBeInitializedAgainAndByManyAtOnce() throws Exception {
		Thread[] nodes = new Thread[6];
		java.util.concurrent.atomic.AtomicReference<Throwable> failure = new java.util.concurrent.atomic.AtomicReference<>();
		String prefix = "RACE" + System.nanoTime() + "_";
		for (int i = 0; i < nodes.length; i++) {
			nodes[i] = new Thread(() -> initialize(this.dataSource, prefix));
			nodes[i].setUncaughtExceptionHandler((thread, ex) -> failure.set(ex));
		}
		for (Thread node : nodes) {
			node.start();
		}
		for (Thread node : nodes) {
			node.join();
		}
		if (failure.get() != null) {
			throw new AssertionError(failure.get());
		}
		new JdbcSessionStore(this.dataSource, prefix, "x", Duration.ofSeconds(5)).find("y");
	}

	@Test
	void aMissingTableIsToldFromTheStart() {
		assertThatExceptionOfType(MissingTableException.class)
			.isThrownBy(() -> new JdbcSessionStore(this.dataSource, "NONE_", "x", Duration.ofSeconds(5)))
			.withMessageContaining("NONE_SESSION");
	}

	@Test
	void aTablePrefixIsNoPlaceForSql() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new JdbcSessionStore(this.dataSource, "X; DROP TABLE Y; --", "x", Duration.ofSeconds(5)));
	}

	@Test
	void aTablePrefixIsCheckedBeforeAnythingIsCreated() {
		this.jdbc.sql("CREATE TABLE BYSTANDER (A INT)").update();
		assertThatIllegalArgumentException()
			.isThrownBy(() -> initialize(this.dataSource, "PIGGYBACK (A INT); DROP TABLE BYSTANDER; CREATE TABLE X"))
			.withMessage("The table prefix must consist of letters, digits and '_' only");
		assertThat(this.jdbc
			.sql("SELECT LOWER(TABLE_NAME) FROM INFORMATION_SCHEMA.TABLES"
					+ " WHERE LOWER(TABLE_NAME) IN ('piggyback', 'bystander')")
			.query(String.class)
			.list()).containsExactly("bystander");
		this.jdbc.sql("DROP TABLE BYSTANDER").update();
	}

	@Test
	void aPoolWithoutAutoCommitWillDo() {
		try (HikariDataSource pool = TestPools.withoutAutoCommit(this.dataSource)) {
			JdbcSessionStore noAutoCommit = new JdbcSessionStore(pool, PREFIX, "contract", Duration.ofSeconds(5));
			var session = newSession();
			assertThat(noAutoCommit.create(session, Duration.ofMinutes(1))).isTrue();
			assertThat(this.store.find(session.id())).isPresent();
			assertThat(noAutoCommit.delete(session.id())).isTrue();
			assertThat(this.store.find(session.id())).isEmpty();
		}
	}

	private static final class Properties extends DatabaseInitializationProperties {

		@Override
		public String getDefaultSchemaLocation() {
			return "classpath:io/github/mcpsession/jdbc/schema-@@platform@@.sql";
		}

	}

}
