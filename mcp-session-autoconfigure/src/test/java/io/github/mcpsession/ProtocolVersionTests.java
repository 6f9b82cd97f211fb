package io.github.mcpsession;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RawSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The header {@code MCP-Protocol-Version}.
 */
class ProtocolVersionTests {

	private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

	private static Node node;

	private static URI uri;

	@BeforeAll
	static void start() {
		node = Node.start("A", List.of());
		uri = node.uri();
	}

	@AfterAll
	static void stop() {
		node.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "2026-07-28", "1999-01-01", "2025-11-25x", "2025-11-25, 2025-11-25", "x", "' OR 1=1",
			"${jndi:ldap://x}", "" })
	void aVersionThatTheServerDoesNotKnowIsRefused(String version) {
		RawClient client = new RawClient().initialize(uri);
		RawClient other = new RawClient(Map.of(), version).sessionId(client.sessionId());
		assertRefused(other.tryCall(uri, "count"));
		assertRefused(other.get(uri));
		assertRefused(other.delete(uri));
		assertThat(client.call(uri, "count")).isEqualTo("1");
	}

	@Test
	void theAnswerDoesNotTellWhetherThereIsASession() {
		String id = new RawClient().initialize(uri).sessionId();
		HttpResponse<String> live = new RawClient(Map.of(), "x").sessionId(id).tryCall(uri, "count");
		HttpResponse<String> none = new RawClient(Map.of(), "x").sessionId("none").tryCall(uri, "count");
		assertRefused(none);
		assertThat(live.body()).isEqualTo(none.body());
	}

	@Test
	void twoVersionsAreRefused() {
		String id = new RawClient().initialize(uri).sessionId();
		String header = "MCP-Protocol-Version: " + RawClient.PROTOCOL_VERSION;
		assertThat(RawSocket.send(uri, "POST", List.of("Mcp-Session-Id: " + id, header), PING).status()).isEqualTo(200);
		RawSocket.Answer answer = RawSocket.send(uri, "POST", List.of("Mcp-Session-Id: " + id, header, header), PING);
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.body()).contains("Unsupported MCP-Protocol-Version");
	}

	@ParameterizedTest
	@ValueSource(strings = { "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25" })
	void allThatTheTransportSupportsArePassedOn(String version) {
		RawClient client = new RawClient(Map.of(), version).initialize(uri);
		assertThat(client.call(uri, "count")).isEqualTo("1");
	}

	@Test
	void theHeaderMayBeAbsent() {
		String id = new RawClient().initialize(uri).sessionId();
		assertThat(RawSocket.send(uri, "POST", List.of("Mcp-Session-Id: " + id), PING).status()).isEqualTo(200);
	}

	@Test
	void requestsWithoutASessionAreNoneOfOurBusiness() {
		RawClient client = new RawClient(Map.of("MCP-Protocol-Version", "2026-07-28"));
		HttpResponse<String> initialized = client.tryInitialize(uri);
		assertThat(initialized.statusCode()).isEqualTo(200);
		assertThat(client.tryCall(uri, "count").body()).doesNotContain("Unsupported");
	}

	private static void assertRefused(HttpResponse<String> response) {
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
		assertThat(response.body()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
				+ "\"message\":\"Unsupported MCP-Protocol-Version\"}}");
	}

}
