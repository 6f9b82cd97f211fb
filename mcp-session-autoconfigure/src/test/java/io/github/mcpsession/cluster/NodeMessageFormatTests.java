package io.github.mcpsession.cluster;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.testing.Formats;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Messages that nodes of earlier releases send.
 */
class NodeMessageFormatTests {

	private static final String FILE = "messages.txt";

	private static List<NodeMessage> messages() {
		SessionRecord session = Formats.session();
		List<NodeMessage> messages = List.of(NodeMessage.reply("", session, "{\"id\":\"1@a\"}"),
				NodeMessage.clientNotification("a1b2c3d4", session, "{}"),
				NodeMessage.deliver("", session, "l1", "{\"a\":\"ü€😀\"}", false),
				NodeMessage.deliver("", session, "l1", "{}", true), NodeMessage.catchUp("", session, "l1"),
				NodeMessage.stopListening("", session, "l1"), NodeMessage.announcement("a1b2c3d4", "{}"),
				NodeMessage.subscribed("", "[\"test://a\"]"), NodeMessage.changed("", session, "[]"),
				NodeMessage.ended("", session.id()), NodeMessage.hello(""),
				NodeMessage.appended("", session.id(), "r1"), NodeMessage.stopReading("", session.id(), "r1"));
		return IntStream.range(0, messages.size())
			.mapToObj((i) -> messages.get(i).sentBy("0123456789abcdef", "message-" + i, Formats.NAMESPACE))
			.toList();
	}

	@BeforeAll
	static void writeIfWanted() {
		if (Formats.isWriting()) {
			Formats.write(FILE, messages().stream().map(NodeMessage::write).collect(Collectors.joining("\n")));
		}
	}

	static Stream<Path> releases() throws Exception {
		return Formats.releases();
	}

	@ParameterizedTest
	@MethodSource("releases")
	void messagesAreRead(Path release) {
		List<NodeMessage> read = Formats.read(release, FILE).lines().map(NodeMessage::read).toList();
		assertThat(messages()).startsWith(read.toArray(NodeMessage[]::new));
		assertThat(Formats.read(release, FILE).lines().map(Formats::newer).map(NodeMessage::read)).isEqualTo(read);
	}

	@Test
	void eachTypeIsThere() throws Exception {
		assertThat(messages()).extracting(NodeMessage::type).containsOnlyOnce(MessageType.values());
		assertThat(Formats.releases()).isNotEmpty();
	}

}
