package io.github.mcpsession.cluster;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.github.mcpsession.memory.MemoryNodeChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class NodeTests {

	private final MemoryNodeChannel channel = new MemoryNodeChannel();

	private final Node sender = node("test");

	private final Node receiver = node("test");

	private final List<NodeMessage> received = new CopyOnWriteArrayList<>();

	private Node node(String namespace) {
		return new Node(namespace, this.channel, this.channel,
				new NodeSettings(Duration.ofMillis(200), Duration.ofSeconds(2)));
	}

	@BeforeEach
	void start() {
		this.receiver.on("", MessageType.REPLY, this.received::add);
		this.sender.start();
		this.receiver.start();
	}

	@AfterEach
	void stop() {
		this.sender.stop();
		this.receiver.stop();
	}

	private static NodeMessage message(MessageType type, String sessionId, String body) {
		return new NodeMessage(1, "", type, "", "", "", sessionId, null, null, body);
	}

	private void send(String raw) {
		assertThat(this.channel.send(this.receiver.name(), raw)).isTrue();
	}

	@Test
	void messagesArriveWithAllTheyCarry() {
		assertThat(this.sender.send(this.receiver.name(),
				new NodeMessage(1, "", MessageType.REPLY, "", "", "", "s", "alice", "x", "body")))
			.isTrue();
		await().until(() -> this.received.size() == 1);
		assertThat(this.received.get(0))
			.extracting(NodeMessage::sessionId, NodeMessage::principal, NodeMessage::stream, NodeMessage::body,
					NodeMessage::from)
			.containsExactly("s", "alice", "x", "body", this.sender.name());
	}

	@Test
	void aMessageForAllIsForTheOthers() {
		List<NodeMessage> own = new CopyOnWriteArrayList<>();
		this.sender.on("", MessageType.REPLY, own::add);
		this.sender.broadcast(message(MessageType.REPLY, "s", null));
		await().until(() -> this.received.size() == 1);
		assertThat(own).isEmpty();
	}

	@Test
	void whatAnotherReleaseSendsDoesNoHarm() {
		send("{\"v\":2,\"id\":\"n-1\",\"type\":\"NEW\",\"from\":\"n\",\"namespace\":\"test\",\"scope\":\"\",\"body\":\"x\"}");
		send("no JSON");
		send("{}");
		send("[1]");
		send("null");
		send("{\"v\":2,\"id\":\"n-2\",\"type\":\"REPLY\",\"from\":\"n\",\"namespace\":\"test\",\"scope\":\"\",\"new\":{\"x\":[1]}}");
		await().until(() -> this.received.size() == 1);
		assertThat(this.received.get(0).id()).isEqualTo("n-2");
	}

	@Test
	void aMessageOfThisReleaseStaysReadable() {
		send("""
				{"v":1,"id":"0123456789abcdef-1","type":"REPLY","from":"0123456789abcdef","namespace":"test","scope":"",
				"sessionId":"s","principal":"p","stream":"t","body":"{}"}
				""");
		await().until(() -> this.received.size() == 1);
	}

	@Test
	void whatIsDeliveredTwiceIsHandledOnce() {
		for (int i = 0; i < 3; i++) {
			send("{\"v\":1,\"id\":\"n-1\",\"type\":\"REPLY\",\"from\":\"n\",\"namespace\":\"test\",\"scope\":\"\"}");
		}
		send("{\"v\":1,\"id\":\"n-2\",\"type\":\"REPLY\",\"from\":\"n\",\"namespace\":\"test\",\"scope\":\"\"}");
		await().until(() -> this.received.stream().anyMatch((message) -> message.id().equals("n-2")));
		assertThat(this.received).extracting(NodeMessage::id).containsExactly("n-1", "n-2");
	}

	@Test
	void messagesOfAnotherApplicationAreDropped() {
		send("{\"v\":1,\"id\":\"n-1\",\"type\":\"REPLY\",\"from\":\"n\",\"namespace\":\"other\",\"scope\":\"\"}");
		send("{\"v\":1,\"id\":\"n-2\",\"type\":\"REPLY\",\"from\":\"n\",\"namespace\":\"test\",\"scope\":\"\"}");
		await().until(() -> !this.received.isEmpty());
		assertThat(this.received).extracting(NodeMessage::id).containsExactly("n-2");
	}

	@Test
	void messagesOfAnotherServerAreNotHandledByThis() {
		List<NodeMessage> second = new CopyOnWriteArrayList<>();
		this.receiver.on("2", MessageType.REPLY, second::add);
		for (String scope : List.of("3", "2", "")) {
			this.sender.send(this.receiver.name(),
					new NodeMessage(1, "", MessageType.REPLY, "", "", scope, "s", null, null, scope));
		}
		await().until(() -> !this.received.isEmpty());
		assertThat(this.received).extracting(NodeMessage::body).containsExactly("");
		assertThat(second).extracting(NodeMessage::body).containsExactly("2");
	}

	@Test
	void aSlowMessageHoldsUpThoseOfItsSessionOnly() {
		CountDownLatch slow = new CountDownLatch(1);
		this.receiver.on("", MessageType.CHANGED, (message) -> {
			try {
				slow.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
		this.sender.send(this.receiver.name(), message(MessageType.CHANGED, "s1", null));
		for (int i = 0; i < 20; i++) {
			this.sender.send(this.receiver.name(), message(MessageType.REPLY, "s1", "1-" + i));
			this.sender.send(this.receiver.name(), message(MessageType.REPLY, "s2", "2-" + i));
		}
		await().until(() -> this.received.size() == 20);
		assertThat(this.received).allMatch((message) -> "s2".equals(message.sessionId()));
		slow.countDown();
		await().until(() -> this.received.size() == 40);
		for (String session : List.of("1", "2")) {
			assertThat(this.received.stream().map(NodeMessage::body).filter((body) -> body.startsWith(session)))
				.containsExactlyElementsOf(
						java.util.stream.IntStream.range(0, 20).mapToObj((i) -> session + "-" + i).toList());
		}
	}

	@Test
	void aNameThatIsNoneOrGoneIsToldToTheSender() {
		for (String name : List.of("", "x", "0123456789abcdef", "../..", "0123456789ABCDEF", "a".repeat(1000))) {
			assertThat(this.sender.send(name, message(MessageType.REPLY, "s", null))).isFalse();
		}
		Node left = node("test");
		left.start();
		assertThat(this.sender.send(left.name(), message(MessageType.REPLY, "s", null))).isTrue();
		left.stop();
		assertThat(this.sender.send(left.name(), message(MessageType.REPLY, "s", null))).isFalse();
	}

	@Test
	void aNodeThatIsStoppedAndStartedAgainIsBack() {
		this.receiver.stop();
		assertThat(this.sender.send(this.receiver.name(), message(MessageType.REPLY, "s", null))).isFalse();
		this.receiver.start();
		assertThat(this.sender.send(this.receiver.name(), message(MessageType.REPLY, "s", null))).isTrue();
		await().until(() -> this.received.size() == 1);
	}

	@Test
	void aFailingHandlerDoesNotEndTheReceiving() {
		this.receiver.on("", MessageType.ENDED, (message) -> {
			throw new IllegalStateException("as expected");
		});
		this.sender.send(this.receiver.name(), message(MessageType.ENDED, "s", null));
		this.sender.send(this.receiver.name(), message(MessageType.REPLY, "s", null));
		await().until(() -> this.received.size() == 1);
	}

	@Test
	void aMessageDoesNotShowWhatMustNotBeLogged() {
		assertThat(new NodeMessage(1, "i", MessageType.REPLY, "f", "n", "s", "the-session", "alice", null, "secret")
			.toString()).doesNotContain("the-session").doesNotContain("alice").doesNotContain("secret");
	}

	@Test
	void afterTroubleWithTheStoreNobodyCountsAsDeadForAWhile() {
		AtomicBoolean lost = new AtomicBoolean();
		NodeChannel losing = (NodeChannel) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { NodeChannel.class }, (proxy, method, arguments) -> {
					if (lost.get()) {
						throw new IllegalStateException("lost");
					}
					return method.invoke(this.channel, arguments);
				});
		Node node = new Node("test", losing, losing, new NodeSettings(Duration.ofMillis(100), Duration.ofSeconds(1)));
		node.start();
		try {
			assertThat(node.isSteady()).isTrue();
			lost.set(true);
			await().until(() -> !node.isSteady());
			lost.set(false);
			assertThat(node.isSteady()).isFalse();
			await().until(node::isSteady);
		}
		finally {
			node.stop();
		}
	}

	/**
	 * A node that receives by a channel which does something first, each time.
	 */
	private Node nodeThatReceives(Receiving receiving) {
		NodeChannel receivesOnly = (NodeChannel) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { NodeChannel.class }, (proxy, method, arguments) -> {
					try {
						Object result = method.invoke(this.channel, arguments);
						return method.getName().equals("receive") ? receiving.receive((List<?>) result) : result;
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
				});
		Node node = new Node("test", receivesOnly, receivesOnly,
				new NodeSettings(Duration.ofMillis(100), Duration.ofSeconds(1)));
		node.on("", MessageType.REPLY, this.received::add);
		node.start();
		return node;
	}

	private interface Receiving {

		List<?> receive(List<?> messages) throws Exception;

	}

	@Test
	void anErrorDoesNotEndTheReceiving() {
		AtomicBoolean thrown = new AtomicBoolean();
		Node node = nodeThatReceives((messages) -> {
			if (thrown.compareAndSet(false, true)) {
				throw new OutOfMemoryError("as expected");
			}
			return messages;
		});
		try {
			await().untilTrue(thrown);
			this.sender.send(node.name(), message(MessageType.REPLY, "s", null));
			await().until(() -> this.received.size() == 1);
		}
		finally {
			node.stop();
		}
	}

	@Test
	void oneMessageThatCannotBeAcceptedTakesNoOtherWithIt() {
		Node node = nodeThatReceives((messages) -> {
			List<Object> more = new ArrayList<>(messages);
			more.add(0, null);
			return more;
		});
		try {
			this.sender.send(node.name(), message(MessageType.REPLY, "s", null));
			await().until(() -> this.received.size() == 1);
		}
		finally {
			node.stop();
		}
	}

	@Test
	void aNodeThatDoesNotReceiveIsNotAliveUntilItDoes() {
		CountDownLatch hanging = new CountDownLatch(1);
		AtomicBoolean failing = new AtomicBoolean();
		Node node = nodeThatReceives((messages) -> {
			hanging.await();
			if (failing.get()) {
				throw new IllegalStateException("as expected");
			}
			return messages;
		});
		AtomicInteger rejoined = new AtomicInteger();
		node.onRejoin(rejoined::incrementAndGet);
		try {
			assertThat(this.channel.nodes()).containsKey(node.name());
			await().atMost(Duration.ofSeconds(5)).until(() -> !this.channel.nodes().containsKey(node.name()));
			assertThat(this.sender.send(node.name(), message(MessageType.REPLY, "s", null))).isFalse();
			assertThat(rejoined).hasValue(0);
			hanging.countDown();
			await().atMost(Duration.ofSeconds(5)).until(() -> this.channel.nodes().containsKey(node.name()));
			await().until(() -> rejoined.get() == 1);
			failing.set(true);
			await().atMost(Duration.ofSeconds(5)).until(() -> !this.channel.nodes().containsKey(node.name()));
			failing.set(false);
			await().atMost(Duration.ofSeconds(5)).until(() -> this.channel.nodes().containsKey(node.name()));
			assertThat(this.sender.send(node.name(), message(MessageType.REPLY, "s", null))).isTrue();
			await().until(() -> this.received.size() == 1);
		}
		finally {
			node.stop();
		}
	}

}
