package io.github.mcpsession.jdbc;

import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Nested;

/**
 * The contracts with a pool of which the default is not that of MariaDB.
 */
class MariaDbReadCommittedTests {

	private static final String ISOLATION = "TRANSACTION_READ_COMMITTED";

	@Nested
	class SessionStore extends JdbcSessionStoreContract {

		SessionStore() {
			super(TestServers.mariaDbUrl(), ISOLATION);
		}

	}

	@Nested
	class NodeChannel extends JdbcNodeChannelContract {

		NodeChannel() {
			super(TestServers.mariaDbUrl(), ISOLATION);
		}

	}

}
