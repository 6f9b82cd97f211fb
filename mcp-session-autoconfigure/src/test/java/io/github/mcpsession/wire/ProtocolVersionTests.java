package io.github.mcpsession.wire;

import java.net.URI;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RawSocket;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The header {@code MCP-Protocol-Version}. {@link BesidePlainTests} compares.
 */
class ProtocolVersionTests {

	private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";

	private static final String NAME = "MCP-Protocol-Version: ";

	@AutoClose
	private static Node strict;

	@AutoClose
	private static Node node;

	private static URI uri;

	@BeforeAll
	static void start() {
		strict = Node.start("strict", List.of("mcp.session.strict-protocol-version=true"));
		node = Node.start("A", List.of());
		uri = node.uri();
	}

	@ParameterizedTest
	@ValueSource(strings = { "1999-01-01", "2025-01-01", "2025-11-24", "2025-11-25x", "20260728", "2026-7-28", "x",
			"2025-11-25, x", "' OR 1=1", "${jndi:ldap://x}" })
	void aVersionThatNeverWasIsRefused(String version) {
		RawClient client = new RawClient().initialize(uri);
		RawClient other = new RawClient(Map.of(), version).sessionId(client.sessionId());
		assertRefused(other.post(uri, PING), "1");
		assertRefused(other.get(uri), "null");
		assertRefused(other.delete(uri), "null");
		assertThat(client.call(uri, "count")).isEqualTo("1");
	}

	@Test
	void aSessionThatIsNotTheCallersIsNotFoundWhateverTheVersion() {
		RawClient ended = new RawClient().initialize(uri);
		ended.delete(uri);
		for (String id : List.of(ended.sessionId(), "none", "x y")) {
			for (String version : List.of("x", "1999-01-01", "2026-07-28")) {
				RawClient client = new RawClient(Map.of(), version).sessionId(id);
				RawClient.assertNotFound(client.get(uri));
				RawClient.assertNotFound(client.delete(uri));
				HttpResponse<String> call = client.post(uri, PING);
				assertThat(call.statusCode()).isEqualTo(404);
				assertThat(call.body()).contains("\"id\":1").contains("Session not found");
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "2026-07-28", "2099-01-01", "DRAFT-2026-v1", "", "2025-11-25, 2025-11-25",
			"2025-11-25,2025-06-18", " ", ",", "2025-06-18" })
	void whatThePlainServerServesIsServed(String version) {
		for (URI server : List.of(uri)) {
			String id = new RawClient().initialize(server).sessionId();
			List<String> headers = List.of("Mcp-Session-Id: " + id, NAME + version);
			RawSocket.Answer answer = RawSocket.send(server, "POST", headers, PING);
			assertThat(answer.status()).as(answer.body()).isEqualTo(200);
			assertThat(answer.body()).contains("\"result\":{}");
			assertThat(RawSocket.send(server, "DELETE", headers, "").status()).isEqualTo(200);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "2026-07-28", "DRAFT-2026-v1", "1999-01-01", "x" })
	void whereVersionsAreStrictNoOtherIsServed(String version) {
		RawClient client = new RawClient().initialize(strict.uri());
		RawClient other = new RawClient(Map.of(), version).sessionId(client.sessionId());
		assertRefused(other.post(strict.uri(), PING), "1");
		assertThat(client.call(strict.uri(), "count")).isEqualTo("1");
		List<String> headers = List.of("Mcp-Session-Id: " + client.sessionId(), NAME, NAME + "2025-06-18, 2025-11-25");
		assertThat(RawSocket.send(strict.uri(), "POST", headers, PING).status()).isEqualTo(200);
	}

	@Test
	void newerVersionsAreCounted() {
		RawClient client = new RawClient().initialize(uri);
		Counter counter = node.bean(MeterRegistry.class).get("mcp.session.newer.version").counter();
		double before = counter.count();
		client.post(uri, PING);
		new RawClient(Map.of(), "2026-07-28").sessionId(client.sessionId()).post(uri, PING);
		new RawClient(Map.of(), "1999-01-01").sessionId(client.sessionId()).post(uri, PING);
		assertThat(counter.count()).isEqualTo(before + 1);
	}

	@Test
	void theSameVersionTwiceIsOne() {
		for (URI server : List.of(uri)) {
			String id = new RawClient().initialize(server).sessionId();
			String header = NAME + RawClient.PROTOCOL_VERSION;
			List<String> headers = List.of("Mcp-Session-Id: " + id, header, header, NAME);
			assertThat(RawSocket.send(server, "POST", headers, PING).status()).isEqualTo(200);
		}
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

	private static void assertRefused(HttpResponse<String> response, String id) {
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
		assertThat(response.body()).isEqualTo("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"error\":{\"code\":-32600,"
				+ "\"message\":\"Unsupported MCP-Protocol-Version, supported are: 2024-11-05, 2025-03-26, 2025-06-18, "
				+ "2025-11-25\"}}");
	}

}
