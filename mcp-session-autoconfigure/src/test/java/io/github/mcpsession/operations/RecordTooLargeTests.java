package io.github.mcpsession.operations;

import javax.sql.DataSource;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A record for which the column of the application's own schema is too small.
 */
@ExtendWith(OutputCaptureExtension.class)
class RecordTooLargeTests {

	@Test
	void isNoOutage(CapturedOutput output) {
		try (Node node = Node.start("A", TestServers.jdbcProperties(TestServers.newH2Url()))) {
			JdbcClient.create(node.bean(DataSource.class))
				.sql("ALTER TABLE MCP_SESSION ALTER COLUMN DATA VARCHAR(10000)")
				.update();
			RawClient client = new RawClient().initialize(node.uri());
			assertThat(client.call(node.uri(), "count")).isEqualTo("1");
			for (int i = 0; i < 4; i++) {
				assertThat(client.tryCall(node.uri(), "keep", "{\"name\":\"a\",\"length\":20000}").body())
					.contains("did not respond to 'replace'")
					.doesNotContain("SQL", "UPDATE", "Value too long");
			}
			RawClient other = new RawClient().initialize(node.uri());
			assertThat(other.call(node.uri(), "count")).isEqualTo("1");
			assertThat(client.call(node.uri(), "count")).isEqualTo("2");
			assertThat(client.call(node.uri(), "attribute", "{\"name\":\"a\"}")).isEqualTo("none");
		}
		assertThat(output).doesNotContain("Session store unavailable");
	}

}
