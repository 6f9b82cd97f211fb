package io.github.mcpsession;

import java.time.Instant;
import java.util.Optional;

import io.github.mcpsession.contract.SessionStoreContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

class SessionRecordCodecTests {

	private final SessionRecordCodec codec = new SessionRecordCodec();

	private Optional<SessionRecord> read(String json) {
		return this.codec.read(json, "id", 3, Instant.EPOCH, Instant.EPOCH);
	}

	@Test
	void whatWasWrittenByThisReleaseStaysReadable() {
		SessionRecord session = read("""
				{"schema":1,"initialize":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},
				"clientInfo":{"name":"c","version":"1"}},"protocolVersion":"2025-06-18","principal":"alice",
				"loggingLevel":"debug","subscriptions":["a://b"],"attributes":{"k":"{\\"x\\":1}"}}
				""").orElseThrow();
		assertThat(session.version()).isEqualTo(3);
		assertThat(session.initializeRequest().clientInfo().name()).isEqualTo("c");
		assertThat(session.initializeRequest().capabilities().elicitation()).isNotNull();
		assertThat(session.protocolVersion()).isEqualTo("2025-06-18");
		assertThat(session.principal()).isEqualTo("alice");
		assertThat(session.loggingLevel()).hasToString("DEBUG");
		assertThat(session.subscriptions()).containsExactly("a://b");
		assertThat(session.attributes()).containsEntry("k", "{\"x\":1}");
		assertThat(read(this.codec.write(session))).contains(session);
	}

	@Test
	void whatANewerReleaseAddsIsIgnored() {
		assertThat(read("""
				{"schema":2,"new":{"x":[1]},"initialize":{"protocolVersion":"2025-11-25","capabilities":{"new":{}},
				"clientInfo":{"name":"c","version":"1","new":1}},"protocolVersion":"2025-06-18"}
				""")).isPresent();
	}

	@Test
	void whatANewerReleaseAddedIsKeptByAnOlderOneThatChangesTheSession() {
		String newer = """
				{"schema":2,"new":{"x":[1,"ü"]},"none":null,"initialize":{"protocolVersion":"2025-11-25","capabilities":{"new":{"y":2}},
				"clientInfo":{"name":"c","version":"1","new":1}},"protocolVersion":"2025-06-18","attributes":{"a":"1"}}
				""";
		String changed = this.codec.write(read(newer).orElseThrow().withAttribute("b", "2"));
		JsonMapper json = new JsonMapper();
		ObjectNode expected = (ObjectNode) json.readTree(newer);
		expected.withObject("/attributes").put("b", "2");
		expected.putArray("subscriptions");
		assertThat(json.readTree(changed)).isEqualTo(expected);
		assertThat(read(changed).orElseThrow().unknown()).containsOnlyKeys("schema", "new", "none", "initialize");
	}

	/**
	 * As the first release wrote it, before there were listeners.
	 */
	@Test
	void whatAnOlderReleaseWroteIsReadAndLosesNothing() {
		String older = """
				{"schema":1,"initialize":{"protocolVersion":"2025-03-26","capabilities":{},
				"clientInfo":{"name":"c","version":"1"}},"protocolVersion":"2025-03-26"}
				""";
		SessionRecord session = read(older).orElseThrow();
		assertThat(session.unknown()).isEmpty();
		assertThat(session.listener()).isNull();
		assertThat(read(this.codec.write(session.withListener("n/s"))).orElseThrow().listener()).isEqualTo("n/s");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "[]", "{", "42", "{}", "{\"schema\":1}",
			"{\"schema\":1,\"initialize\":{},\"protocolVersion\":{}}",
			"{\"schema\":1,\"initialize\":\"x\",\"protocolVersion\":\"x\"}",
			"{\"schema\":1,\"initialize\":{\"protocolVersion\":\"x\"},\"protocolVersion\":\"x\",\"subscriptions\":[null]}" })
	void whatCannotBeUnderstoodIsNotFound(String json) {
		assertThat(read(json)).isEmpty();
	}

	@Test
	void aRecordDoesNotShowWhatMustNotBeLogged() {
		SessionRecord session = SessionStoreContract.newSession().withAttribute("cart", "\"secret\"");
		assertThat(session.toString()).doesNotContain(session.id()).doesNotContain("alice").doesNotContain("secret");
		assertThat(new SessionCreatedEvent(session).toString()).doesNotContain(session.id());
		assertThat(new SessionTerminatedEvent(session.id(), SessionTerminatedEvent.Reason.CLIENT).toString())
			.doesNotContain(session.id());
		assertThat(new SessionNotFoundException(session.id())).message().doesNotContain(session.id());
	}

}
