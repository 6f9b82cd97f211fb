package io.github.mcpsession.server;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;

import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.session.LocalSession;
import io.github.mcpsession.testing.EventStreamReader;
import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.TestApplication;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * A client that begins to listen to another node while word of that is under way.
 */
class MovingListenerTests {

	private static final String HEARTBEAT = "mcp.session.streams.heartbeat-interval=200ms";

	private static final String MESSAGE = "notifications/message";

	@AutoClose
	private static Node nodeA;

	@AutoClose
	private static Node nodeB;

	@BeforeAll
	static void startNodes() {
		nodeA = Node.start(List.of(TestApplication.class, Deafness.class), "A", TestServers.redisProperties(),
				"mcp.session.namespace=moving", HEARTBEAT);
		nodeB = Node.start("B", TestServers.redisProperties(), "mcp.session.namespace=moving", HEARTBEAT);
	}

	private static void notify(RawClient client, Node node, String text) {
		client.call(node.uri(), "notify", "{\"text\":\"" + text + "\"}");
	}

	private static List<String> texts(EventStreamReader stream) {
		return stream.messages().stream().map((message) -> message.at("/params/data").asString()).toList();
	}

	@Test
	void whatIsSentByTheLeftConnectionReachesTheNewOne() {
		RawClient client = new RawClient().initialize(nodeA.uri());
		EventStreamReader left = client.listening(nodeA.uri());
		left.awaitEvents(1);
		Deafness deafness = nodeA.bean(Deafness.class);
		deafness.lock.writeLock().lock();
		EventStreamReader listening;
		try {
			listening = client.listening(nodeB.uri());
			listening.awaitEvents(1);
			// what is kept before it has started would be sent by it as well
			await().pollDelay(Duration.ofMillis(200))
				.atMost(Duration.ofSeconds(5))
				.until(() -> String.valueOf(nodeB.manager().find(client.sessionId()).orElseThrow().listener())
					.startsWith(nodeB.nodeName()));
			notify(client, nodeA, "late");
			left.awaitMethod(MESSAGE);
			assertThat(texts(listening)).isEmpty();
		}
		finally {
			deafness.lock.writeLock().unlock();
		}
		listening.awaitMethod(MESSAGE);
		assertThat(texts(listening)).containsExactly("late");
		notify(client, nodeA, "next");
		await().atMost(Duration.ofSeconds(5)).until(() -> texts(listening).equals(List.of("late", "next")));
		assertThat(texts(left)).containsExactly("late");
		assertThat(left.hasEnded()).isFalse();
		listening.cut();
		left.cut();
	}

	@Test
	void aConnectionIsLeftThoughTheWordOfItWasLost() {
		RawClient client = new RawClient().initialize(nodeA.uri());
		EventStreamReader left = client.listening(nodeA.uri());
		left.awaitEvents(1);
		ManagedServer node = nodeA.bean(ManagedServers.class).defaultServer();
		LocalSession session = node.local().get(client.sessionId());
		await().until(() -> session.listening().isClaimed(session.listening().id()));
		Deafness deafness = nodeA.bean(Deafness.class);
		deafness.lock.writeLock().lock();
		try {
			EventStreamReader listening = client.listening(nodeB.uri());
			await().until(() -> nodeB.manager()
				.find(client.sessionId())
				.orElseThrow()
				.listener()
				.startsWith(nodeB.nodeName()));
			assertThat(left.hasEnded()).isFalse();
			node.claims().refresh(session);
			assertThat(session.listening().isOpen()).isFalse();
			notify(client, nodeA, "1");
			listening.awaitMethod(MESSAGE);
			assertThat(texts(left)).isEmpty();
			assertThat(left.hasEnded()).isFalse();
			listening.cut();
			await().until(() -> nodeB.manager().find(client.sessionId()).orElseThrow().listener() == null);
			// the one that was left takes over, and goes on after what the other got
			node.claims().refresh(session);
			notify(client, nodeA, "2");
			await().until(() -> texts(left).equals(List.of("2")));
			left.cut();
		}
		finally {
			deafness.lock.writeLock().unlock();
		}
	}

	@Test
	void aClaimThatComesTooLateEndsNoNewerStream() {
		RawClient client = new RawClient().initialize(nodeA.uri());
		EventStreamReader listening = client.listening(nodeB.uri());
		listening.awaitEvents(1);
		client.call(nodeA.uri(), "count");
		ManagedServer node = nodeA.bean(ManagedServers.class).defaultServer();
		LocalSession session = node.local().get(client.sessionId());
		node.claims().claim(session, "closed meanwhile");
		notify(client, nodeA, "1");
		// after whatever the claim has told the other node
		listening.awaitMethod(MESSAGE);
		notify(client, nodeA, "2");
		await().atMost(Duration.ofSeconds(5)).until(() -> texts(listening).equals(List.of("1", "2")));
		assertThat(listening.hasEnded()).isFalse();
		listening.cut();
	}

	/**
	 * A node that hears nothing of the others while the lock is taken.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Deafness implements BeanPostProcessor {

		final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

		@Override
		public Object postProcessAfterInitialization(Object bean, String name) {
			if (!(bean instanceof NodeChannel)) {
				return bean;
			}
			return Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { NodeChannel.class },
					(proxy, method, arguments) -> {
						Object result = method.invoke(bean, arguments);
						if (method.getName().equals("receive")) {
							this.lock.readLock().lock();
							this.lock.readLock().unlock();
						}
						return result;
					});
		}

	}

}
