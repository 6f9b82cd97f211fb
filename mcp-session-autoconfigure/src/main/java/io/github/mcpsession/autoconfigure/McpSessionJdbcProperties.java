package io.github.mcpsession.autoconfigure;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

import io.github.mcpsession.jdbc.JdbcSessionStore;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.boot.jdbc.init.DatabaseInitializationProperties;

/**
 * Properties of MCP sessions in a database.
 */
@ConfigurationProperties("mcp.session.jdbc")
public class McpSessionJdbcProperties extends DatabaseInitializationProperties {

	private static final String DEFAULT_SCHEMA_LOCATION = "classpath:io/github/mcpsession/jdbc/schema-@@platform@@.sql";

	/**
	 * Prefix of all table names. Letters, digits and '_' only.
	 */
	private String tablePrefix = JdbcSessionStore.DEFAULT_TABLE_PREFIX;

	/**
	 * Time between two cleanups of expired sessions, give or take a quarter.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration cleanupInterval = Duration.ofMinutes(1);

	/**
	 * How often to poll for messages of other nodes. On PostgreSQL they arrive at once,
	 * whatever this is.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration pollInterval = Duration.ofMillis(200);

	public McpSessionJdbcProperties() {
		setContinueOnError(false);
	}

	public String getTablePrefix() {
		return this.tablePrefix;
	}

	public void setTablePrefix(String tablePrefix) {
		this.tablePrefix = tablePrefix;
	}

	public Duration getCleanupInterval() {
		return this.cleanupInterval;
	}

	public void setCleanupInterval(Duration cleanupInterval) {
		this.cleanupInterval = cleanupInterval;
	}

	public Duration getPollInterval() {
		return this.pollInterval;
	}

	public void setPollInterval(Duration pollInterval) {
		this.pollInterval = pollInterval;
	}

	@Override
	public String getDefaultSchemaLocation() {
		return DEFAULT_SCHEMA_LOCATION;
	}

}
