package io.github.mcpsession.nodes;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.PassingServers;

/**
 * Where the servers of the MCP Java SDK's own tests are. {@code -Dsdk-suite=all} runs the
 * tests in all places, {@code -Dsdk-suite=PLAIN,POSTGRESQL} in some.
 */
enum SdkSuitePlace {

	MEMORY(1, () -> List.of("mcp.session.store=memory")),

	TWO_NODES_REDIS(2, Backend.REDIS::properties),

	TWO_NODES_POSTGRESQL(2, Backend.POSTGRESQL::properties),

	REDIS(1, Backend.REDIS::properties),

	POSTGRESQL(1, Backend.POSTGRESQL::properties),

	/**
	 * Without this library.
	 */
	PLAIN(1, () -> List.of("mcp.session.enabled=false"));

	private final int nodes;

	private final Supplier<List<String>> properties;

	SdkSuitePlace(int nodes, Supplier<List<String>> properties) {
		this.nodes = nodes;
		this.properties = properties;
	}

	static Stream<SdkSuitePlace> wanted(SdkSuitePlace... byDefault) {
		String wanted = System.getProperty("sdk-suite", "");
		return switch (wanted) {
			case "" -> Stream.of(byDefault);
			case "all" -> Stream.of(values());
			default -> Arrays.stream(wanted.split(",")).map(SdkSuitePlace::valueOf);
		};
	}

	PassingServers start() {
		return PassingServers.on(this.nodes, this.properties.get());
	}

}
