package io.github.mcpsession.operations;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The recipes of the documentation for tables that the application creates itself.
 */
class MigrationTests {

	private static final String SCRIPT = "io/github/mcpsession/jdbc/schema-%s.sql";

	@TempDir
	private Path directory;

	private static String script(String platform) throws IOException {
		return new ClassPathResource(SCRIPT.formatted(platform)).getContentAsString(StandardCharsets.UTF_8);
	}

	/**
	 * As with <code>sed 's/@@prefix@@/MCP_/g'</code>.
	 */
	@Test
	void flywayTakesACopyOfTheScript() throws Exception {
		Files.writeString(this.directory.resolve("V7__mcp_session.sql"), script("h2").replace("@@prefix@@", "MCP_"));
		assertServes(TestServers.newH2Url(), "spring.flyway.enabled=true",
				"spring.flyway.locations=filesystem:" + this.directory);
	}

	@Test
	void flywayReplacesThePrefix() throws Exception {
		Files.writeString(this.directory.resolve("V7__mcp_session.sql"), script("postgresql"));
		String schema = "flyway" + System.nanoTime();
		assertServes(TestServers.postgresUrl() + "&currentSchema=" + schema, "spring.flyway.enabled=true",
				"spring.flyway.locations=filesystem:" + this.directory, "spring.flyway.placeholder-prefix=@@",
				"spring.flyway.placeholder-suffix=@@", "spring.flyway.placeholders.prefix=APP_",
				"mcp.session.jdbc.table-prefix=APP_");
	}

	@Test
	void liquibaseRunsTheScriptWhereItIs() throws Exception {
		String changelog = Files.readString(Path.of("..", "docs", "jdbc.md"));
		int start = changelog.indexOf("databaseChangeLog:");
		Files.writeString(this.directory.resolve("changelog.yaml"),
				changelog.substring(start, changelog.indexOf("```", start)));
		assertServes(TestServers.newH2Url(), "spring.liquibase.enabled=true",
				"spring.liquibase.change-log=file:" + this.directory.resolve("changelog.yaml"));
	}

	private static void assertServes(String url, String... migration) {
		List<String> properties = new ArrayList<>(List.of("mcp.session.store=jdbc", "spring.datasource.url=" + url,
				"mcp.session.jdbc.initialize-schema=never"));
		properties.addAll(List.of(migration));
		try (Node node = Node.start("A", properties)) {
			RawClient client = new RawClient().initialize(node.uri());
			assertThat(client.call(node.uri(), "count")).isEqualTo("1");
		}
	}

}
