package io.github.mcpsession.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.jdbc.DatabaseDriver;
import org.springframework.boot.jdbc.init.DataSourceScriptDatabaseInitializer;
import org.springframework.boot.jdbc.init.DatabaseInitializationProperties;
import org.springframework.boot.jdbc.init.PropertiesBasedDataSourceScriptDatabaseInitializer;
import org.springframework.boot.sql.init.DatabaseInitializationSettings;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;
import org.springframework.jdbc.datasource.init.ScriptException;

/**
 * Creates the tables of the JDBC backend if they are missing. If the database cannot be
 * reached at startup, a thread tries again once a second until it can be.
 * <p>
 * Several nodes may do so at the same moment. {@code CREATE TABLE IF NOT EXISTS} is not
 * safe against that on PostgreSQL, so a script that failed is tried again: each time at
 * least one more table is there.
 *
 * @since 0.1.0
 */
public class JdbcSessionDataSourceScriptDatabaseInitializer extends DataSourceScriptDatabaseInitializer
		implements DisposableBean {

	private static final Logger logger = LoggerFactory.getLogger(JdbcSessionDataSourceScriptDatabaseInitializer.class);

	private static final int ATTEMPTS = 20;

	private static final Duration PAUSE = Duration.ofSeconds(1);

	private final DatabaseInitializationProperties properties;

	private final String tablePrefix;

	private @Nullable ResourceLoader resourceLoader;

	private volatile @Nullable Thread waiting;

	/**
	 * Create an initializer.
	 * @param dataSource the database
	 * @param properties which script to run, and when
	 * @param tablePrefix what to put in the place of {@code @@prefix@@} in the script:
	 * letters, digits and '_' only
	 */
	public JdbcSessionDataSourceScriptDatabaseInitializer(DataSource dataSource,
			DatabaseInitializationProperties properties, String tablePrefix) {
		super(dataSource, new DatabaseInitializationSettings());
		this.properties = properties;
		this.tablePrefix = JdbcDatabase.checkTablePrefix(tablePrefix);
	}

	@Override
	public void setResourceLoader(ResourceLoader resourceLoader) {
		super.setResourceLoader(resourceLoader);
		this.resourceLoader = resourceLoader;
	}

	@Override
	public void afterPropertiesSet() throws Exception {
		try {
			initializeDatabase();
		}
		catch (RuntimeException ex) {
			if (!SqlFailures.isAway(ex)) {
				throw ex;
			}
			logger.warn("The database of the MCP session store cannot be reached: its tables are created when it can",
					ex);
			Thread thread = new Thread(this::initializeWhenReachable, "mcp-session-schema");
			thread.setDaemon(true);
			this.waiting = thread;
			thread.start();
		}
	}

	private void initializeWhenReachable() {
		boolean done = false;
		while (!done && this.waiting != null) {
			try {
				Thread.sleep(PAUSE.toMillis());
				initializeDatabase();
				done = true;
			}
			catch (InterruptedException ex) {
				return;
			}
			catch (RuntimeException ex) {
				if (!SqlFailures.isAway(ex)) {
					logger.error("The tables of the MCP session store cannot be created", ex);
					done = true;
				}
			}
		}
	}

	/**
	 * Which script to run depends on the database, which is asked now.
	 */
	@Override
	public boolean initializeDatabase() {
		PrefixedScripts scripts = new PrefixedScripts(getDataSource(), this.properties, this.tablePrefix);
		if (this.resourceLoader != null) {
			scripts.setResourceLoader(this.resourceLoader);
		}
		return scripts.initializeDatabase();
	}

	@Override
	public void destroy() {
		Thread thread = this.waiting;
		this.waiting = null;
		if (thread != null) {
			thread.interrupt();
		}
	}

	private static final class PrefixedScripts
			extends PropertiesBasedDataSourceScriptDatabaseInitializer<DatabaseInitializationProperties> {

		private final String tablePrefix;

		PrefixedScripts(DataSource dataSource, DatabaseInitializationProperties properties, String tablePrefix) {
			super(dataSource, properties, Map.of(DatabaseDriver.MARIADB, "mysql"));
			this.tablePrefix = tablePrefix;
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

}
