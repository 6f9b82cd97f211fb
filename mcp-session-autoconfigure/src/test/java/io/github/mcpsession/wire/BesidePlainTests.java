package io.github.mcpsession.wire;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawSocket;
import io.github.mcpsession.testing.ServletServer;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.Tools;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same requests to the same application, without this library and with it, on both
 * transports: whatever the one serves the other does too. The table of what was seen is
 * left in {@code target/beside-plain.md}.
 */
class BesidePlainTests {

	private static final String INITIALIZE = """
			{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":"2025-11-25",
			"capabilities":{},"clientInfo":{"name":"%s","version":"1.0"}}}
			""".formatted("raw").replace("\n", "");

	private static final String PING = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"}";

	private static final String CALL = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\","
			+ "\"params\":{\"name\":\"whoami\",\"arguments\":{}}}";

	private static final String DISCOVER = "{\"jsonrpc\":\"2.0\",\"id\":\"d-1\",\"method\":\"server/discover\"}";

	private static final String ID = "Mcp-Session-Id: ";

	private static final String VERSION = "MCP-Protocol-Version: ";

	private static final String ORIGIN = "Origin: http://localhost:6274";

	private static final String FOREIGN = "11111111-2222-3333-4444-555555555555";

	private static final Map<String, String> table = new TreeMap<>();

	@AutoClose
	private static Node plainMvc;

	@AutoClose
	private static Node mvc;

	@AutoClose
	private static Node plainServlet;

	@AutoClose
	private static Node servlet;

	@BeforeAll
	static void start() {
		List<Class<?>> mvcSources = List.of(TestApplication.class, WaysIn.Filters.class, WaysIn.Mvc.class);
		List<Class<?>> servletSources = List.of(ServletServer.class, WaysIn.Filters.class, WaysIn.ServletCors.class,
				Server.class);
		plainMvc = Node.start(mvcSources, "plain", List.of("mcp.session.enabled=false"));
		mvc = Node.start(mvcSources, "ours", List.of());
		plainServlet = Node.start(servletSources, "plain", List.of("mcp.session.enabled=false"));
		servlet = Node.start(servletSources, "ours", List.of());
	}

	@AfterAll
	static void print() throws IOException {
		List<String> lines = new ArrayList<>(List.of("| case | plain | ours |", "| --- | --- | --- |"));
		lines.addAll(table.values());
		Files.write(Path.of("target/beside-plain.md"), lines);
	}

	/**
	 * Some requests, and what came back.
	 */
	private record Case(String name, Function<URI, List<String>> requests) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	static Stream<Case> cases() {
		List<Case> cases = new ArrayList<>();
		// a session id on initialize
		for (String id : List.of(FOREIGN, "a b c", "", "x".repeat(300), "{cluster}")) {
			cases.add(new Case("2 initialize with id '" + abbreviate(id) + "'",
					(uri) -> begin(uri, List.of(ID + id), INITIALIZE)));
		}
		cases.add(new Case("2 initialize with two ids",
				(uri) -> begin(uri, List.of(ID + FOREIGN, ID + "x"), INITIALIZE)));
		cases.add(new Case("2 initialize with an id, 2 MB", (uri) -> begin(uri, List.of(ID + FOREIGN),
				INITIALIZE.replace("\"params\":{", "\"params\":{\"x\":\"" + "y".repeat(2_000_000) + "\","))));
		cases.add(new Case("2 initialize with the id of an ended session", (uri) -> {
			String ended = session(uri);
			send(uri, "DELETE", List.of(ID + ended), "");
			return begin(uri, List.of(ID + ended), INITIALIZE);
		}));
		cases.add(new Case("2 initialize with the id of a live session", (uri) -> {
			String live = session(uri);
			List<String> seen = new ArrayList<>(begin(uri, List.of(ID + live), INITIALIZE));
			seen.add(post(uri, List.of(ID + live), CALL));
			return seen;
		}));
		cases.add(new Case("2 an empty id on other requests", (uri) -> List.of(post(uri, List.of(ID), PING),
				send(uri, "GET", List.of(ID), ""), send(uri, "DELETE", List.of(ID), ""))));
		cases.add(new Case("2 the same id twice", (uri) -> {
			String id = ID + session(uri);
			return List.of(post(uri, List.of(id, id), CALL), send(uri, "DELETE", List.of(id, id), ""));
		}));
		cases.add(new Case("2 an unknown id on other requests", (uri) -> List.of(post(uri, List.of(ID + FOREIGN), PING),
				send(uri, "GET", List.of(ID + FOREIGN), ""), send(uri, "DELETE", List.of(ID + FOREIGN), ""))));
		// the version
		for (String version : List.of("2026-07-28", "2099-01-01", "DRAFT-2026-v1", "", " ", ",",
				"2025-11-25, 2025-11-25", "2025-11-25,2025-06-18", "2024-11-05", "2025-03-26", "2025-06-18",
				" 2025-11-25 ")) {
			cases.add(new Case("19 version '" + version + "'", (uri) -> versioned(uri, List.of(VERSION + version))));
		}
		cases.add(new Case("19 version twice",
				(uri) -> versioned(uri, List.of(VERSION + "2025-11-25", VERSION + "2025-11-25"))));
		cases.add(new Case("19 no version", (uri) -> versioned(uri, List.of())));
		cases.add(new Case("19 initialize with version 2026-07-28",
				(uri) -> begin(uri, List.of(VERSION + "2026-07-28"), INITIALIZE)));
		for (String version : List.of("2026-07-28", "x")) {
			cases.add(new Case("19 an ended session with version " + version,
					(uri) -> List.of(post(uri, List.of(ID + FOREIGN, VERSION + version), PING))));
		}
		// probes
		for (List<String> headers : List.of(List.<String>of(), List.of(VERSION + "2026-07-28"),
				List.of(ID + FOREIGN, VERSION + "2026-07-28"), List.of(ID))) {
			cases.add(new Case("fact 1 server/discover " + headers, (uri) -> List.of(post(uri, headers, DISCOVER))));
		}
		cases.add(new Case("fact 1 server/discover within a session",
				(uri) -> List.of(post(uri, List.of(ID + session(uri)), DISCOVER))));
		cases.add(new Case("fact 1 other requests without a session",
				(uri) -> Stream.of("ping", "tools/list", "notifications/initialized")
					.map((method) -> post(uri, List.of(), PING.replace("ping", method)))
					.toList()));
		// browsers
		cases.add(new Case("8 live session", (uri) -> {
			String id = ID + session(uri);
			return List.of(post(uri, List.of(id, ORIGIN), CALL), post(uri, List.of(ORIGIN), INITIALIZE));
		}));
		cases.add(new Case("8 dead session",
				(uri) -> List.of(post(uri, List.of(ID + FOREIGN, ORIGIN), PING),
						send(uri, "GET", List.of(ID + FOREIGN, ORIGIN), ""),
						send(uri, "DELETE", List.of(ID + FOREIGN, ORIGIN), ""))));
		cases.add(new Case("8 without a session", (uri) -> List.of(post(uri, List.of(ORIGIN), PING),
				post(uri, List.of(ORIGIN), DISCOVER), send(uri, "GET", List.of(ORIGIN), ""))));
		for (List<String> headers : List.of(List.of(ORIGIN), List.of(ORIGIN, ID + FOREIGN))) {
			cases.add(new Case("8 preflight " + headers.size(), (uri) -> {
				List<String> preflight = new ArrayList<>(headers);
				preflight.addAll(List.of("Access-Control-Request-Method: POST",
						"Access-Control-Request-Headers: content-type,mcp-session-id"));
				return List.of(send(uri, "OPTIONS", preflight, ""));
			}));
		}
		cases.add(new Case("8 foreign origin",
				(uri) -> List.of(post(uri, List.of(ID + FOREIGN, "Origin: http://evil.example.com"), PING),
						post(uri, List.of("Origin: http://evil.example.com"), INITIALIZE))));
		// wherever the transport is mapped
		for (String path : List.of("/mcp/", "/t/acme/mcp", "/api/mcp", "/later/mcp", "/broken/mcp", "/tenants/7/mcp",
				"/second/mcp", "//mcp", "/x/../mcp", "/mcp;x=1", "/%6dcp", "/mcp/mcp", "/mcp/again/mcp", "/MCP",
				"/mcp/x", "/etag/mcp", "/raw/%6dcp")) {
			cases.add(new Case("17, 18 path " + path, (uri) -> {
				URI there = URI.create(uri.toString().replace("/mcp", path));
				List<String> seen = new ArrayList<>();
				RawSocket.Answer answer = RawSocket.send(there, "POST", List.of(), INITIALIZE);
				seen.add(summary(answer));
				List<String> id = List.of(ID + answer.header("Mcp-Session-Id").orElse(FOREIGN));
				seen.add(post(there, id, CALL));
				seen.add(post(there, List.of(ID + FOREIGN), INITIALIZE));
				seen.add(post(there, List.of(ID + FOREIGN), PING));
				seen.add(post(there, List.of(), DISCOVER));
				seen.add(listening(there, id));
				seen.add(send(there, "DELETE", id, ""));
				seen.add(post(there, id, PING));
				return seen;
			}));
		}
		cases.add(new Case("17 another endpoint of the application", (uri) -> {
			URI there = uri.resolve("/proxy/mcp");
			return List.of(body(there, "POST", List.of(ID + FOREIGN, VERSION + "1999-01-01"), PING),
					body(there, "POST", List.of(ID + FOREIGN), INITIALIZE), body(there, "GET", List.of(ID + "x"), ""),
					body(there, "DELETE", List.of(), ""), body(there, "POST", List.of(), DISCOVER));
		}));
		// anything else
		for (String method : List.of("PUT", "PATCH", "HEAD", "OPTIONS")) {
			cases.add(new Case("method " + method,
					(uri) -> List.of(send(uri, method, List.of(), ""), send(uri, method, List.of(ID + FOREIGN), ""))));
		}
		for (String body : List.of("", "x", "null", "[]", "[" + PING + "]", "{}", "{\"jsonrpc\":\"2.0\",\"id\":7",
				"{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}")) {
			cases.add(new Case("body '" + abbreviate(body) + "'",
					(uri) -> List.of(post(uri, List.of(), body), post(uri, List.of(ID + session(uri)), body))));
		}
		cases.add(new Case("large call", (uri) -> List.of(post(uri, List.of(ID + session(uri)),
				CALL.replace("{}", "{\"x\":\"" + "y".repeat(3_000_000) + "\"}")))));
		cases.add(new Case("call before initialized, notification, progress",
				(uri) -> List.of(post(uri, List.of(ID + session(uri)), CALL), post(uri, List.of(ID + session(uri)),
						"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":9}}"))));
		cases.add(new Case("delete twice", (uri) -> {
			List<String> id = List.of(ID + session(uri));
			return List.of(send(uri, "DELETE", id, ""), send(uri, "DELETE", id, ""));
		}));
		return cases.stream();
	}

	private static String abbreviate(String text) {
		return (text.length() <= 40) ? text : text.substring(0, 40) + "...";
	}

	private static List<String> versioned(URI uri, List<String> version) {
		List<String> headers = new ArrayList<>(version);
		headers.add(ID + session(uri));
		return List.of(post(uri, headers, CALL), send(uri, "DELETE", headers, ""));
	}

	private static List<String> begin(URI uri, List<String> headers, String body) {
		RawSocket.Answer answer = RawSocket.send(uri, "POST", headers, body);
		String id = answer.header("Mcp-Session-Id").orElse("none");
		return List.of(summary(answer), post(uri, List.of(ID + id), CALL));
	}

	private static String session(URI uri) {
		return RawSocket.send(uri, "POST", List.of(), INITIALIZE).header("Mcp-Session-Id").orElseThrow();
	}

	private static String post(URI uri, List<String> headers, String body) {
		return send(uri, "POST", headers, body);
	}

	private static String send(URI uri, String method, List<String> headers, String body) {
		return summary(RawSocket.send(uri, method, headers, body));
	}

	private static String body(URI uri, String method, List<String> headers, String body) {
		RawSocket.Answer answer = RawSocket.send(uri, method, headers, body);
		return summary(answer) + " " + answer.body().replaceAll("\\s+", " ");
	}

	/**
	 * The stream never ends, and without this library it begins with the first message.
	 */
	private static String listening(URI uri, List<String> headers) {
		RawSocket.Answer answer = RawSocket.head(uri, headers);
		return (answer.status() == 0) ? "200" : summary(answer);
	}

	private static String summary(RawSocket.Answer answer) {
		StringBuilder summary = new StringBuilder(String.valueOf(answer.status()));
		if (answer.body().contains("\"result\"")) {
			summary.append(" result");
		}
		if (answer.body().contains("stackTrace") || answer.body().contains("\tat ")) {
			summary.append(" TRACE");
		}
		if (answer.header("Access-Control-Allow-Origin").isPresent()) {
			summary.append(" cors");
		}
		return summary.toString();
	}

	@ParameterizedTest
	@MethodSource("cases")
	void whatThePlainServerServesIsServed(Case tried) {
		List<String> worse = new ArrayList<>();
		compare("WebMVC", tried, plainMvc.uri(), mvc.uri(), worse);
		compare("servlet", tried, plainServlet.uri(), servlet.uri(), worse);
		assertThat(worse).isEmpty();
	}

	private static void compare(String transport, Case tried, URI plain, URI ours, List<String> worse) {
		List<String> expected = tried.requests().apply(plain);
		List<String> seen = tried.requests().apply(ours);
		table.put(tried.name() + transport, "| " + tried.name() + " (" + transport + ") | "
				+ String.join(", ", expected) + " | " + String.join(", ", seen) + " |");
		assertThat(seen).hasSameSizeAs(expected);
		for (int i = 0; i < seen.size(); i++) {
			if (isWorse(expected.get(i), seen.get(i))) {
				worse.add(transport + " " + (i + 1) + ": plain " + expected.get(i) + ", ours " + seen.get(i));
			}
		}
	}

	/**
	 * What succeeds must do the same; what fails may succeed, unless it is forbidden, or
	 * fails by the client's fault, without a stack trace, and as readable for a browser.
	 */
	private static boolean isWorse(String plain, String ours) {
		if (ours.contains("TRACE") || (plain.contains("cors") && !ours.contains("cors"))) {
			return true;
		}
		if (plain.startsWith("2")) {
			return !ours.equals(plain);
		}
		boolean forbidden = plain.startsWith("401") || plain.startsWith("403");
		boolean served = ours.startsWith("2") && !forbidden;
		return !served && !ours.startsWith("4") && !(plain.startsWith("5") && ours.startsWith("5"));
	}

	@Configuration(proxyBeanMethods = false)
	static class Server {

		@Bean
		McpSyncServer server(McpStreamableServerTransportProvider transport) {
			return McpServer.sync(transport)
				.serverInfo("servlet", "1")
				.capabilities(McpSchema.ServerCapabilities.builder().tools(true).logging().build())
				.tools(Tools.tool("whoami", (exchange, arguments) -> exchange.sessionId()))
				.build();
		}

	}

}
