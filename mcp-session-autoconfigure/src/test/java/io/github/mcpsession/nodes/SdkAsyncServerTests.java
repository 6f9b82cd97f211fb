package io.github.mcpsession.nodes;

import java.util.stream.Stream;

import io.github.mcpsession.testing.PassingServers;
import io.modelcontextprotocol.server.AbstractMcpAsyncServerTests;
import io.modelcontextprotocol.server.McpServer;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The MCP Java SDK's own tests of async servers, on managed ones.
 */
@ParameterizedClass(name = "{0}")
@MethodSource("places")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SdkAsyncServerTests extends AbstractMcpAsyncServerTests {

	@Parameter
	private SdkSuitePlace place;

	private PassingServers servers;

	static Stream<SdkSuitePlace> places() {
		return SdkSuitePlace.wanted(SdkSuitePlace.MEMORY);
	}

	@BeforeParameterizedClassInvocation
	void startNodes() {
		this.servers = this.place.start();
	}

	@AfterParameterizedClassInvocation
	void stopNodes() {
		this.servers.close();
	}

	@Override
	protected McpServer.AsyncSpecification<?> prepareAsyncServerBuilder() {
		return McpServer.async(this.servers.open());
	}

}
