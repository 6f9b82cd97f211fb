package io.github.mcpsession.contract;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import io.github.mcpsession.cluster.NodeChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What every channel must do. Extended once per backend, against the real server.
 */
public abstract class NodeChannelContract {

	protected static final Duration LONG = Duration.ofMinutes(5);

	private static final Duration SHORT = Duration.ofMillis(200);

	protected String a;

	protected String b;

	protected String c;

	/**
	 * One of its own for each test.
	 */
	protected String namespace;

	protected NodeChannel channelOfA;

	protected NodeChannel channelOfB;

	private final List<NodeChannel> channels = new ArrayList<>();

	/**
	 * A channel as one more node would have it, on the same data.
	 */
	protected abstract NodeChannel createChannel(String namespace);

	/**
	 * How many pieces of data the backend has for a namespace, expired or not, as seen
	 * without the channel.
	 */
	protected abstract long amountOfData(String namespace);

	public static String newNode() {
		return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
	}

	@BeforeEach
	void joinTwoNodes() {
		this.a = newNode();
		this.b = newNode();
		this.c = newNode();
		this.namespace = "ns" + newNode();
		this.channelOfA = create(this.namespace);
		this.channelOfB = create(this.namespace);
		this.channelOfA.heartbeat(this.a, LONG);
		this.channelOfB.heartbeat(this.b, LONG);
	}

	@AfterEach
	void closeChannels() throws Exception {
		this.channelOfA.leave(this.a);
		this.channelOfB.leave(this.b);
		for (NodeChannel channel : this.channels) {
			if (channel instanceof AutoCloseable closeable) {
				closeable.close();
			}
		}
		this.channels.clear();
	}

	protected final NodeChannel create(String namespace) {
		NodeChannel channel = createChannel(namespace);
		this.channels.add(channel);
		return channel;
	}

	@Test
	void allNodesShareASecret() {
		String secret = this.channelOfA.secret();
		assertThat(secret).hasSizeGreaterThanOrEqualTo(32).isEqualTo(this.channelOfB.secret());
		this.channelOfA.heartbeat(this.a, LONG);
		assertThat(this.channelOfA.secret()).isEqualTo(secret);
		NodeChannel other = create(this.namespace + "x");
		other.heartbeat(this.c, LONG);
		assertThat(other.secret()).hasSizeGreaterThanOrEqualTo(32).isNotEqualTo(secret);
	}

	@Test
	void nodesThatAreAliveAreKnownToAll() {
		assertThat(this.channelOfA.nodes()).containsOnlyKeys(this.a, this.b);
		assertThat(this.channelOfB.nodes()).containsOnlyKeys(this.a, this.b);
		this.channelOfA.leave(this.a);
		assertThat(this.channelOfB.nodes()).containsOnlyKeys(this.b);
	}

	@Test
	void nodesGetOlder() {
		Map<String, Duration> nodes = this.channelOfA.nodes();
		assertThat(nodes).containsOnlyKeys(this.a, this.b)
			.allSatisfy((node, age) -> assertThat(age).isBetween(Duration.ZERO, Duration.ofSeconds(60)));
		await().atMost(Duration.ofSeconds(5))
			.until(() -> this.channelOfB.nodes().get(this.a).minus(nodes.get(this.a)).toMillis() >= 200);
		this.channelOfA.heartbeat(this.a, LONG);
		this.channelOfB.leave(this.b);
		this.channelOfB.heartbeat(this.b, LONG);
		assertThat(this.channelOfA.nodes().get(this.a)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
		assertThat(this.channelOfA.nodes().get(this.b)).isLessThan(this.channelOfA.nodes().get(this.a));
	}

	@Test
	void onlyNodesThatAreAliveHaveAnAge() {
		create(this.namespace + "x").heartbeat(this.c, LONG);
		create(this.namespace).heartbeat(this.c, SHORT);
		await().atMost(Duration.ofSeconds(5))
			.untilAsserted(() -> assertThat(this.channelOfA.nodes()).containsOnlyKeys(this.a, this.b));
		create(this.namespace + "x").leave(this.c);
	}

	@Test
	void messagesOfOneSenderArriveInOrder() throws Exception {
		List<String> messages = IntStream.range(0, 1000).mapToObj(String::valueOf).toList();
		CompletableFuture<Void> sending = CompletableFuture
			.runAsync(() -> messages.forEach((message) -> assertThat(this.channelOfA.send(this.b, message)).isTrue()));
		assertThat(receive(this.channelOfB, this.b, 1000)).isEqualTo(messages);
		sending.get(10, TimeUnit.SECONDS);
		assertNothingFor(this.channelOfA, this.a);
	}

	@Test
	void messagesToOneAndToAllArriveInTheOrderOfTheirSender() throws Exception {
		List<String> messages = IntStream.range(0, 350).mapToObj(String::valueOf).toList();
		for (int i = 0; i < messages.size(); i++) {
			if (i % 3 == 0 || (i > 50 && i < 200)) {
				this.channelOfA.sendToAll(messages.get(i));
			}
			else {
				this.channelOfA.send(this.b, messages.get(i));
			}
		}
		assertThat(receive(this.channelOfB, this.b, messages.size())).isEqualTo(messages);
		assertNothingFor(this.channelOfB, this.b);
	}

	@Test
	void whatTwoNodesSendArrives() throws Exception {
		assertThat(this.channelOfA.send(this.b, "from a")).isTrue();
		assertThat(this.channelOfB.send(this.b, "from b")).isTrue();
		assertThat(this.channelOfB.send(this.a, "to a")).isTrue();
		assertThat(receive(this.channelOfB, this.b, 2)).containsExactly("from a", "from b");
		assertThat(receive(this.channelOfA, this.a, 1)).containsExactly("to a");
	}

	@Test
	void manySendersAtOnceLoseNothing() throws Exception {
		ExecutorService senders = Executors.newFixedThreadPool(8);
		try {
			List<Callable<Boolean>> tasks = IntStream.range(0, 8)
				.mapToObj((sender) -> (Callable<Boolean>) () -> IntStream.range(0, 100)
					.allMatch((i) -> ((sender % 2 == 0) ? this.channelOfA : this.channelOfB).send(this.b,
							sender + " " + i)))
				.toList();
			List<Future<Boolean>> results = tasks.stream().map(senders::submit).toList();
			List<String> received = receive(this.channelOfB, this.b, 800);
			for (Future<Boolean> result : results) {
				assertThat(result.get()).isTrue();
			}
			for (int sender = 0; sender < 8; sender++) {
				String name = sender + " ";
				assertThat(received.stream().filter((message) -> message.startsWith(name)))
					.containsExactlyElementsOf(IntStream.range(0, 100).mapToObj((i) -> name + i).toList());
			}
			assertNothingFor(this.channelOfB, this.b);
		}
		finally {
			senders.shutdownNow();
		}
	}

	@Test
	void nothingIsSentToANodeThatIsUnknownOrHasLeft() throws Exception {
		assertThat(this.channelOfA.send(this.c, "m")).isFalse();
		this.channelOfB.leave(this.b);
		assertThat(this.channelOfA.send(this.b, "m")).isFalse();
		this.channelOfB.heartbeat(this.b, LONG);
		assertNothingFor(this.channelOfB, this.b);
	}

	@Test
	void aNodeWithoutHeartbeatExpiresAndCanBeRevived() throws Exception {
		NodeChannel channelOfC = create(this.namespace);
		assertThat(channelOfC.heartbeat(this.c, LONG)).isFalse();
		assertThat(channelOfC.heartbeat(this.c, LONG)).isTrue();
		assertThat(channelOfC.heartbeat(this.c, SHORT)).isTrue();
		await().atMost(Duration.ofSeconds(5))
			.untilAsserted(() -> assertThat(this.channelOfA.nodes()).containsOnlyKeys(this.a, this.b));
		assertThat(this.channelOfA.send(this.c, "to a dead node")).isFalse();
		assertThat(channelOfC.heartbeat(this.c, LONG)).isFalse();
		assertThat(channelOfC.heartbeat(this.c, LONG)).isTrue();
		assertThat(this.channelOfA.nodes()).containsOnlyKeys(this.a, this.b, this.c);
		assertThat(this.channelOfA.send(this.c, "to a living node")).isTrue();
		assertThat(receive(channelOfC, this.c, 1)).containsExactly("to a living node");
	}

	@Test
	void aHeartbeatKeepsWhatWasSentBefore() throws Exception {
		this.channelOfA.send(this.b, "1");
		this.channelOfA.sendToAll("2");
		this.channelOfB.heartbeat(this.b, LONG);
		assertThat(receive(this.channelOfB, this.b, 2)).containsExactly("1", "2");
		this.channelOfB.heartbeat(this.b, LONG);
		assertNothingFor(this.channelOfB, this.b);
		this.channelOfA.sendToAll("3");
		this.channelOfA.send(this.b, "4");
		assertThat(receive(this.channelOfB, this.b, 2)).containsExactly("3", "4");
	}

	@Test
	void whatIsSentToAllReachesEachNodeOnce() throws Exception {
		NodeChannel channelOfC = create(this.namespace);
		this.channelOfA.sendToAll("1");
		channelOfC.heartbeat(this.c, LONG);
		this.channelOfA.sendToAll("2");
		this.channelOfB.sendToAll("3");
		assertThat(receive(this.channelOfA, this.a, 3)).containsExactly("1", "2", "3");
		assertThat(receive(this.channelOfB, this.b, 3)).containsExactly("1", "2", "3");
		assertThat(receive(channelOfC, this.c, 2)).containsExactly("2", "3");
		assertNothingFor(this.channelOfA, this.a);
		assertNothingFor(this.channelOfB, this.b);
		assertNothingFor(channelOfC, this.c);
	}

	@Test
	void largeMessagesArrive() throws Exception {
		String large = "Zoë 🛒 \" \\ \n".repeat(20_000);
		assertThat(this.channelOfA.send(this.b, large)).isTrue();
		this.channelOfA.sendToAll(large);
		assertThat(receive(this.channelOfB, this.b, 2)).containsExactly(large, large);
	}

	@Test
	void applicationsDoNotHearEachOther() throws Exception {
		String otherNamespace = this.namespace + "x";
		NodeChannel foreign = create(otherNamespace);
		foreign.heartbeat(this.c, LONG);
		assertThat(this.channelOfA.nodes()).containsOnlyKeys(this.a, this.b);
		assertThat(foreign.nodes()).containsOnlyKeys(this.c);
		assertThat(foreign.send(this.b, "m")).isFalse();
		assertThat(this.channelOfA.send(this.c, "m")).isFalse();
		this.channelOfA.sendToAll("ours");
		foreign.sendToAll("theirs");
		assertThat(receive(this.channelOfB, this.b, 1)).containsExactly("ours");
		assertThat(receive(foreign, this.c, 1)).containsExactly("theirs");
		assertNothingFor(this.channelOfB, this.b);
		foreign.leave(this.c);
	}

	@Test
	void aReceiverWaitsForAMessageButNotForEver() throws Exception {
		long start = System.nanoTime();
		assertThat(this.channelOfB.receive(this.b, Duration.ofMillis(1500))).isEmpty();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(1300),
				Duration.ofSeconds(20));
		assertThat(this.channelOfB.receive(this.b, Duration.ZERO)).isEmpty();
		assertThat(this.channelOfB.receive(this.c, Duration.ofMillis(50))).isEmpty();
	}

	@Test
	void aWaitingReceiverGetsAMessageSoon() throws Exception {
		AtomicReference<List<String>> received = new AtomicReference<>();
		Thread receiver = inBackground(() -> received.set(this.channelOfB.receive(this.b, Duration.ofSeconds(60))));
		assertThat(this.channelOfA.send(this.b, "m")).isTrue();
		await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(received.get()).isEqualTo(List.of("m")));
		receiver.join();
	}

	@Test
	void anInterruptEndsTheWaitAndNothingIsLost() throws Exception {
		AtomicReference<Object> result = new AtomicReference<>();
		Thread receiver = inBackground(() -> {
			try {
				result.set(this.channelOfB.receive(this.b, Duration.ofSeconds(60)));
			}
			catch (InterruptedException ex) {
				result.set(ex);
			}
		});
		receiver.interrupt();
		await().atMost(Duration.ofSeconds(10)).until(() -> !receiver.isAlive());
		assertThat(result.get()).isInstanceOf(InterruptedException.class);
		assertThat(this.channelOfA.send(this.b, "m")).isTrue();
		assertThat(receive(this.channelOfB, this.b, 1)).containsExactly("m");
	}

	@Test
	void nothingIsKeptOfNodesThatLeft() throws Exception {
		this.channelOfA.send(this.b, "1");
		this.channelOfA.sendToAll("2");
		receive(this.channelOfA, this.a, 1);
		assertThat(amountOfData(this.namespace)).isPositive();
		this.channelOfB.leave(this.b);
		this.channelOfA.send(this.b, "3");
		this.channelOfA.leave(this.a);
		this.channelOfA.sendToAll("4");
		assertThat(amountOfData(this.namespace)).isZero();
		this.channelOfA.leave(this.c);
		assertThat(amountOfData(this.namespace)).isZero();
	}

	@Test
	void randomCallsDoWhatTheyDoToAModel() throws Exception {
		RandomCalls calls = new RandomCalls();
		String apart = this.namespace + "r";
		NodeChannelModel model = new NodeChannelModel(
				Map.of(newNode(), create(apart), newNode(), create(apart), newNode(), create(apart)), calls.random());
		calls.run((i) -> model.step());
		model.finish();
		assertThat(amountOfData(apart)).isZero();
	}

	/**
	 * Receive until there are so many.
	 */
	protected static List<String> receive(NodeChannel channel, String node, int count) throws Exception {
		List<String> messages = new ArrayList<>();
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
		while (messages.size() < count && System.nanoTime() < end) {
			messages.addAll(channel.receive(node, Duration.ofMillis(500)));
		}
		return messages;
	}

	protected static void assertNothingFor(NodeChannel channel, String node) throws Exception {
		assertThat(channel.receive(node, Duration.ofMillis(100))).isEmpty();
	}

	/**
	 * Start to receive, also after failures, until interrupted.
	 */
	protected static Thread receiveAll(NodeChannel channel, String node, Collection<String> received) {
		Thread thread = new Thread(() -> {
			while (true) {
				try {
					received.addAll(channel.receive(node, Duration.ofSeconds(2)));
				}
				catch (InterruptedException ex) {
					return;
				}
				catch (RuntimeException ex) {
					LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
				}
			}
		});
		thread.start();
		return thread;
	}

	/**
	 * Start a task, and return when it most probably waits for something.
	 */
	private static Thread inBackground(Task task) throws Exception {
		CountDownLatch started = new CountDownLatch(1);
		Thread thread = new Thread(() -> {
			started.countDown();
			try {
				task.run();
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		});
		thread.start();
		started.await();
		await().pollDelay(Duration.ofMillis(300)).until(() -> true);
		return thread;
	}

	private interface Task {

		void run() throws Exception;

	}

}
