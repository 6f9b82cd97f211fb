package io.github.mcpsession.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.github.mcpsession.cluster.NodeChannel;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What must be in the inboxes of some nodes, and random calls by which to compare it with
 * a channel.
 */
final class NodeChannelModel {

	private static final Duration LONG = Duration.ofMinutes(5);

	private final Map<String, NodeChannel> channels;

	private final Map<String, List<String>> inboxes = new LinkedHashMap<>();

	private final List<String> names;

	private final Random random;

	private int sent;

	NodeChannelModel(Map<String, NodeChannel> channels, Random random) {
		this.channels = channels;
		this.names = List.copyOf(channels.keySet());
		this.random = random;
	}

	/**
	 * Make a call to the channel of a node, and expect the same result.
	 */
	void step() throws Exception {
		String node = any();
		NodeChannel channel = this.channels.get(node);
		switch (this.random.nextInt(8)) {
			case 0, 1 -> {
				assertThat(channel.heartbeat(node, LONG)).isEqualTo(this.inboxes.containsKey(node));
				this.inboxes.putIfAbsent(node, new ArrayList<>());
			}
			case 2, 3, 4 -> {
				String to = any();
				String message = message(node);
				List<String> inbox = this.inboxes.get(to);
				assertThat(channel.send(to, message)).isEqualTo(inbox != null);
				if (inbox != null) {
					inbox.add(message);
				}
			}
			case 5 -> {
				String message = message(node);
				channel.sendToAll(message);
				this.inboxes.values().forEach((inbox) -> inbox.add(message));
			}
			case 6 -> receive(node);
			default -> leaveSometimes(node);
		}
		assertThat(channel.nodes()).containsOnlyKeys(this.inboxes.keySet());
	}

	/**
	 * Those of one sender in the order in which it sent them.
	 */
	private void receive(String node) throws Exception {
		List<String> expected = this.inboxes.getOrDefault(node, List.of());
		if (expected.isEmpty()) {
			return;
		}
		List<String> received = NodeChannelContract.receive(this.channels.get(node), node, expected.size());
		for (String sender : this.names) {
			assertThat(received.stream().filter((message) -> message.startsWith(sender)))
				.containsExactlyElementsOf(expected.stream().filter((message) -> message.startsWith(sender)).toList());
		}
		assertThat(received).hasSameSizeAs(expected);
		expected.clear();
	}

	private void leaveSometimes(String node) {
		if (this.random.nextInt(3) == 0) {
			this.channels.get(node).leave(node);
			this.inboxes.remove(node);
		}
	}

	void finish() throws Exception {
		for (String node : this.names) {
			receive(node);
			this.channels.get(node).leave(node);
		}
	}

	private String message(String sender) {
		this.sent++;
		return sender + " " + this.sent + " " + RandomCalls.text(this.random);
	}

	private String any() {
		return this.names.get(this.random.nextInt(this.names.size()));
	}

}
