package io.github.mcpsession.operations;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.testing.ActuatorClient;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.OnBackends;
import io.github.mcpsession.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * An operator who works with two nodes on one store.
 */
@OnBackends({ Backend.REDIS, Backend.POSTGRESQL })
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SessionsEndpointTests {

	@Parameter
	private Backend backend;

	private Node nodeA;

	private Node nodeB;

	private ActuatorClient a;

	private ActuatorClient b;

	@BeforeParameterizedClassInvocation
	void startNodes() {
		String namespace = "mcp.session.namespace=endpoint*" + System.nanoTime();
		List<String> properties = new ArrayList<>(this.backend.properties());
		properties.add(namespace);
		properties.add("management.endpoints.web.exposure.include=mcpsessions");
		this.nodeA = Node.start("A", properties);
		this.nodeB = Node.start("B", properties, "management.endpoint.mcpsessions.access=unrestricted");
		this.a = new ActuatorClient(this.nodeA);
		this.b = new ActuatorClient(this.nodeB);
	}

	@AfterParameterizedClassInvocation
	void stopNodes() {
		this.nodeA.close();
		this.nodeB.close();
	}

	private JsonNode listed(ActuatorClient actuator, RawClient client) {
		String mask = SessionIds.mask(client.sessionId());
		return actuator.sessions(4)
			.stream()
			.filter((session) -> session.get("session").asString().equals(mask))
			.findFirst()
			.orElseThrow();
	}

	@Test
	void theSessionsOfAllNodesAreListedByEach() {
		List<RawClient> clients = IntStream.range(0, 15)
			.mapToObj((i) -> new RawClient().initialize(((i % 2 == 0) ? this.nodeA : this.nodeB).uri()))
			.toList();
		String[] masks = clients.stream().map((client) -> SessionIds.mask(client.sessionId())).toArray(String[]::new);
		for (ActuatorClient actuator : List.of(this.a, this.b)) {
			assertThat(actuator.sessions(4)).extracting((session) -> session.get("session").asString()).contains(masks);
			JsonNode first = actuator.page(null, 4);
			assertThat(first.get("sessions").size()).isBetween(1, 10);
			assertThat(first.get("next").asString()).matches("[A-Za-z0-9_-]+");
			assertThat(clients).noneMatch((client) -> actuator.get("").body().contains(client.sessionId()));
		}
	}

	@Test
	void aListedSessionCanBeInspectedOnAnyNode() {
		RawClient client = new RawClient().initialize(this.nodeA.uri());
		client.call(this.nodeA.uri(), "count");
		this.nodeA.manager().attributes(client.sessionId()).put("basket", "secret apples");
		EventStreamReader listening = client.listening(this.nodeA.uri());
		try {
			await().atMost(Duration.ofSeconds(10))
				.until(() -> this.nodeA.manager().find(client.sessionId()).orElseThrow().listener() != null);
			String handle = listed(this.a, client).get("handle").asString();
			JsonNode session = this.b.session(handle);
			assertThat(session.at("/client/name").asString()).isEqualTo("raw");
			assertThat(session.at("/client/version").asString()).isEqualTo("1.0");
			assertThat(session.get("protocolVersion").asString()).isEqualTo("2025-11-25");
			assertThat(session.get("listeningOn").asString()).isEqualTo(this.nodeA.nodeName());
			assertThat(session.get("attributes").toString()).isEqualTo("[\"basket\",\"count\"]");
			assertThat(session.get("handle").asString()).isEqualTo(handle);
			assertThat(session.has("principal")).isFalse();
			assertThat(Instant.parse(session.get("createdAt").asString())).isBetween(Instant.now().minusSeconds(60),
					Instant.now().plusSeconds(60));
			assertThat(Instant.parse(session.get("lastAccessedAt").asString()))
				.isAfterOrEqualTo(Instant.parse(session.get("createdAt").asString()));
			assertThat(session.toString()).doesNotContain("secret apples").doesNotContain(client.sessionId());
		}
		finally {
			listening.cut();
		}
	}

	@Test
	void aSessionEndedByTheOtherNodeIsGoneForItsClient() {
		RawClient client = new RawClient().initialize(this.nodeA.uri());
		assertThat(client.call(this.nodeA.uri(), "node")).isEqualTo("A");
		String handle = listed(this.a, client).get("handle").asString();
		// others come and go before the operator has made up their mind
		IntStream.range(0, 20).forEach((i) -> new RawClient().initialize(this.nodeB.uri()));
		assertThat(this.b.delete(handle).statusCode()).isEqualTo(204);
		RawClient.assertNotFound(client.tryCall(this.nodeA.uri(), "node"));
		RawClient.assertNotFound(client.tryCall(this.nodeB.uri(), "node"));
		assertThat(this.b.delete(handle).statusCode()).isEqualTo(404);
		assertThat(this.a.get("/" + handle).statusCode()).isEqualTo(404);
	}

	@Test
	void onlyWhatTheEndpointGaveOutIsACursor() {
		IntStream.range(0, 10).forEach((i) -> new RawClient().initialize(this.nodeA.uri()));
		String cursor = this.a.page(null, 1).get("next").asString();
		assertThat(this.b.get("?limit=1&cursor=" + cursor).statusCode()).isEqualTo(200);
		char last = cursor.charAt(cursor.length() - 2);
		String forged = cursor.substring(0, cursor.length() - 2) + ((last == 'A') ? 'B' : 'A')
				+ cursor.charAt(cursor.length() - 1);
		for (String other : List.of(forged, "MA", "MTAwMDA6MA", "x", cursor + "AAAA")) {
			assertThat(this.a.get("?cursor=" + other).statusCode()).isEqualTo(400);
			assertThat(this.b.get("?cursor=" + other).statusCode()).isEqualTo(400);
		}
	}

	@Test
	void whoKnowsTheIdNeedsNoHandle() {
		RawClient client = new RawClient().initialize(this.nodeA.uri());
		JsonNode session = this.b.session(client.sessionId());
		assertThat(session.get("session").asString()).isEqualTo(SessionIds.mask(client.sessionId()));
		assertThat(session.has("handle")).isFalse();
		assertThat(this.b.delete(client.sessionId()).statusCode()).isEqualTo(204);
		RawClient.assertNotFound(client.tryCall(this.nodeA.uri(), "node"));
	}

	@Test
	void byDefaultAnOperatorMayOnlyLook() {
		RawClient client = new RawClient().initialize(this.nodeA.uri());
		String handle = listed(this.a, client).get("handle").asString();
		assertThat(this.a.delete(handle).statusCode()).isEqualTo(405);
		assertThat(client.call(this.nodeA.uri(), "node")).isEqualTo("A");
	}

	@Test
	void theNodesAreShownWithTheirAges() {
		JsonNode listing = this.b.page(null, 1);
		assertThat(listing.get("node").asString()).isEqualTo(this.nodeB.nodeName());
		assertThat(listing.get("nodes").size()).isEqualTo(2);
		JsonNode oldest = listing.get("nodes").get(0);
		assertThat(oldest.get("name").asString()).isEqualTo(this.nodeA.nodeName());
		assertThat(Duration.parse(oldest.get("age").asString())).isBetween(Duration.ofMillis(1),
				Duration.ofMinutes(10));
		assertThat(listing.get("nodes").get(1).get("name").asString()).isEqualTo(this.nodeB.nodeName());
	}

	@Test
	void whatCannotBeMeantIsRefused() {
		for (String query : List.of("?cursor=%20", "?cursor=AAAA", "?cursor=a", "?cursor=%C3%A9", "?limit=0",
				"?limit=-1", "?limit=501", "?limit=many")) {
			assertThat(this.a.get(query).statusCode()).as(query).isEqualTo(400);
		}
	}

	@Test
	void whatDoesNotExistIsNotFound() {
		String unknown = "0".repeat(32);
		for (String handle : List.of("x", unknown, unknown + ".AAAA", unknown + ".a", "%20", "%C3%A9",
				"a".repeat(300))) {
			assertThat(this.b.get("/" + handle).statusCode()).as(handle).isEqualTo(404);
			assertThat(this.b.delete(handle).statusCode()).as(handle).isEqualTo(404);
		}
	}

}
