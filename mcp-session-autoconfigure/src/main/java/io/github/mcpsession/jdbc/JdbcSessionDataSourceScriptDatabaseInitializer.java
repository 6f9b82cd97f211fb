package io.github.mcpsession.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import org.springframework.boot.jdbc.DatabaseDriver;
import org.springframework.boot.jdbc.init.DatabaseInitializationProperties;
import org.springframework.boot.jdbc.init.PropertiesBasedDataSourceScriptDatabaseInitializer;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import org.springframework.jdbc.datasource.init.ScriptException;

/**
 * Creates the tables of the JDBC backend if they are missing.
 * <p>
 * Several nodes may do so at the same moment. {@code CREATE TABLE IF NOT EXISTS} is not
 * safe against that on PostgreSQL, so a script that failed is tried again: each time at
 * least one more table is there.
 *
 * @since 0.1.0
 */
public class JdbcSessionDataSourceScriptDatabaseInitializer
		extends PropertiesBasedDataSourceScriptDatabaseInitializer<DatabaseInitializationProperties> {

	private static final int ATTEMPTS = 20;

	private final String tablePrefix;

	/**
	 * Create an initializer.
	 * @param dataSource the database
	 * @param properties which script to run, and when
	 * @param tablePrefix what to put in the place of {@code @@prefix@@} in the script:
	 * letters, digits and '_' only
	 */
	public JdbcSessionDataSourceScriptDatabaseInitializer(DataSource dataSource,
			DatabaseInitializationProperties properties, String tablePrefix) {
		super(dataSource, properties, Map.of(DatabaseDriver.MARIADB, "mysql"));
		this.tablePrefix = JdbcDatabase.checkTablePrefix(tablePrefix);
	}

	@Override
	protected void runScripts(Scripts scripts) {
		List<Resource> prefixed = new ArrayList<>();
		for (Resource script : scripts) {
			prefixed.add(prefixed(script));
		}
		Scripts replacement = new Scripts(prefixed).continueOnError(scripts.isContinueOnError())
			.separator(scripts.getSeparator())
			.encoding(scripts.getEncoding());
		for (int attempt = 1;; attempt++) {
			try {
				super.runScripts(replacement);
				return;
			}
			catch (ScriptException ex) {
				if (attempt == ATTEMPTS) {
					throw ex;
				}
			}
		}
	}

	private Resource prefixed(Resource script) {
		try {
			String text = script.getContentAsString(StandardCharsets.UTF_8).replace("@@prefix@@", this.tablePrefix);
			return new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8), script.getDescription());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
