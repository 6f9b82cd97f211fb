package io.github.mcpsession.jdbc;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.zaxxer.hikari.HikariDataSource;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.Formats;
import io.github.mcpsession.testing.OnBackends;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Rows that earlier releases have written, the same in all databases.
 */
@OnBackends({ Backend.H2, Backend.POSTGRESQL, Backend.MARIADB })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JdbcFormatTests {

	private static final String FILE = "jdbc.json";

	private static final String PREFIX = "FORMAT_";

	private static final List<String> TABLES = List.of("SESSION", "STREAM", "EVENT");

	@Parameter
	private Backend backend;

	private HikariDataSource dataSource;

	private JdbcClient jdbc;

	private JdbcSessionStore store;

	private JdbcEventLog log;

	@BeforeParameterizedClassInvocation
	void openPool() {
		this.dataSource = TestPools.openInZone(this.backend, PREFIX);
		this.jdbc = JdbcClient.create(this.dataSource);
		Duration timeout = Duration.ofSeconds(5);
		this.store = new JdbcSessionStore(this.dataSource, PREFIX, Formats.NAMESPACE, timeout);
		this.log = new JdbcEventLog(this.dataSource, PREFIX, Formats.NAMESPACE, timeout, Formats.LIMITS);
		if (Formats.isWriting() && this.backend == Backend.H2) {
			Formats.write(this.store, this.log);
			Formats.write(FILE, dump());
		}
	}

	@AfterParameterizedClassInvocation
	void closePool() {
		this.store.delete(Formats.SESSION);
		TestPools.close(this.dataSource);
	}

	static Stream<Path> releases() throws Exception {
		return Formats.releases();
	}

	@ParameterizedTest
	@MethodSource("releases")
	void rowsAreRead(Path release) {
		restore(Formats.read(release, FILE));
		Formats.check(this.store, this.log);
	}

	@ParameterizedTest
	@MethodSource("releases")
	void whatANewerReleaseAddedSurvivesAChange(Path release) {
		restore(Formats.read(release, FILE));
		String data = data();
		this.jdbc.sql("UPDATE " + PREFIX + "SESSION SET DATA = ? WHERE NAMESPACE = ?")
			.params(Formats.newer(data), Formats.NAMESPACE)
			.update();
		Formats.check(this.store, this.log);
		assertThat(data()).contains("\"newer\":{\"x\":[1]}");
	}

	private String data() {
		return this.jdbc.sql("SELECT DATA FROM " + PREFIX + "SESSION WHERE NAMESPACE = ?")
			.param(Formats.NAMESPACE)
			.query(String.class)
			.single();
	}

	private String dump() {
		Map<String, List<Map<String, Object>>> tables = new LinkedHashMap<>();
		for (String table : TABLES) {
			tables.put(table,
					this.jdbc.sql("SELECT * FROM " + PREFIX + table + " WHERE NAMESPACE = ?")
						.param(Formats.NAMESPACE)
						.query((row, number) -> {
							Map<String, Object> columns = new LinkedHashMap<>();
							for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
								Object value = row.getObject(i);
								boolean plain = value == null || value instanceof Number || value instanceof Boolean;
								columns.put(row.getMetaData().getColumnName(i), plain ? value : row.getString(i));
							}
							return columns;
						})
						.list());
		}
		return JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValueAsString(tables);
	}

	@SuppressWarnings("unchecked")
	private void restore(String dump) {
		this.jdbc.sql("DELETE FROM " + PREFIX + "SESSION WHERE NAMESPACE = ?").param(Formats.NAMESPACE).update();
		Map<String, List<Map<String, Object>>> tables = new JsonMapper().readValue(dump, Map.class);
		for (String table : TABLES) {
			for (Map<String, Object> row : tables.get(table)) {
				String marks = row.values().stream().map((value) -> "?").collect(Collectors.joining(", "));
				this.jdbc
					.sql("INSERT INTO " + PREFIX + table + " (" + String.join(", ", row.keySet()) + ") VALUES (" + marks
							+ ")")
					.params(new ArrayList<>(row.values()))
					.update();
			}
		}
	}

}
