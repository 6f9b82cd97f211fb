package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Nested;

/**
 * The contracts with a pool of which the default is not that of PostgreSQL.
 */
class PostgreSqlRepeatableReadTests {

	private static final String ISOLATION = "TRANSACTION_REPEATABLE_READ";

	@Nested
	class SessionStore extends JdbcSessionStoreContract {

		SessionStore() {
			super(TestServers.postgresUrl(), ISOLATION);
		}

	}

	@Nested
	class NodeChannel extends JdbcNodeChannelContract {

		NodeChannel() {
			super(TestServers.postgresUrl(), ISOLATION);
		}

	}

	@Nested
	class EventLog extends JdbcEventLogContract {

		EventLog() {
			super(TestServers.postgresUrl(), ISOLATION);
		}

	}

}
