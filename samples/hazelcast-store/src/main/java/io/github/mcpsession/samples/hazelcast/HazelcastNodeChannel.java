package io.github.mcpsession.samples.hazelcast;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryUpdatedListener;
import io.github.mcpsession.cluster.NodeChannel;

/**
 * The nodes of an application and their inboxes in one map entry, so that a message to
 * all is one step. A message stays until the next call to receive, since the result of a
 * call may get lost. Thread-safe.
 */
final class HazelcastNodeChannel implements NodeChannel {

	private static final long LONGEST_DEATH = Duration.ofMinutes(1).toMillis();

	private static final int MAX_CHARACTERS = 1_000_000;

	private static final long POLL_MILLIS = 500;

	private final HazelcastInstance hazelcast;

	private final IMap<String, Nodes> map;

	private final String namespace;

	private final Semaphore changes = new Semaphore(0);

	private final Map<String, Mark> received = new ConcurrentHashMap<>();

	HazelcastNodeChannel(HazelcastInstance hazelcast, String namespace) {
		this.hazelcast = hazelcast;
		this.map = hazelcast.getMap("mcp-nodes");
		this.namespace = namespace;
		this.map.addEntryListener((EntryUpdatedListener<String, Nodes>) (event) -> this.changes.release(), namespace,
				false);
	}

	private <T> T call(Call<T> call) {
		long now = this.hazelcast.getCluster().getClusterTime();
		String secret = UUID.randomUUID().toString() + UUID.randomUUID();
		return this.map.executeOnKey(this.namespace, (entry) -> {
			Nodes nodes = (entry.getValue() != null) ? entry.getValue() : new Nodes(secret);
			T result = call.on(nodes, now);
			entry.setValue(nodes.inboxes.isEmpty() ? null : nodes);
			return result;
		});
	}

	@Override
	public boolean heartbeat(String node, Duration timeout) {
		long millis = timeout.toMillis();
		return call((nodes, now) -> nodes.heartbeat(node, now, millis));
	}

	@Override
	public void leave(String node) {
		call((nodes, now) -> nodes.inboxes.remove(node) != null);
		this.received.remove(node);
	}

	@Override
	public Map<String, Duration> nodes() {
		return call((nodes, now) -> nodes.ages(now));
	}

	@Override
	public String secret() {
		return call((nodes, now) -> nodes.secret);
	}

	@Override
	public boolean send(String node, String message) {
		return call((nodes, now) -> nodes.send(node, message, now));
	}

	@Override
	public void sendToAll(String message) {
		call((nodes, now) -> {
			nodes.inboxes.keySet().forEach((node) -> nodes.send(node, message, now));
			return true;
		});
	}

	@Override
	public List<String> receive(String node, Duration timeout) throws InterruptedException {
		long end = System.nanoTime() + timeout.toNanos();
		while (true) {
			this.changes.drainPermits();
			Mark before = this.received.getOrDefault(node, Mark.NONE);
			Batch batch = this.map.executeOnKey(this.namespace, (entry) -> {
				Inbox inbox = (entry.getValue() != null) ? entry.getValue().inboxes.get(node) : null;
				return (inbox != null) ? inbox.read(before) : null;
			});
			if (batch != null && !batch.messages().isEmpty()) {
				this.received.put(node, batch.last());
				return batch.messages();
			}
			long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
			if (left <= 0) {
				return List.of();
			}
			this.changes.tryAcquire(Math.min(left, POLL_MILLIS), TimeUnit.MILLISECONDS);
		}
	}

	/**
	 * What is done with the nodes.
	 */
	private interface Call<T> extends Serializable {

		T on(Nodes nodes, long now);

	}

	/**
	 * Up to where an inbox was read.
	 */
	private record Mark(long inbox, long last) implements Serializable {

		static final Mark NONE = new Mark(0, 0);

	}

	private record Batch(List<String> messages, Mark last) implements Serializable {
	}

	/**
	 * The nodes of an application.
	 */
	static final class Nodes implements Serializable {

		private static final long serialVersionUID = 1;

		private final Map<String, Inbox> inboxes = new HashMap<>();

		private final String secret;

		Nodes(String secret) {
			this.secret = secret;
		}

		boolean heartbeat(String node, long now, long timeout) {
			this.inboxes.values().removeIf((inbox) -> inbox.aliveUntil + LONGEST_DEATH < now);
			Inbox inbox = this.inboxes.computeIfAbsent(node, (name) -> new Inbox(now));
			boolean wasAlive = inbox.aliveUntil > now;
			inbox.aliveUntil = now + timeout;
			return wasAlive;
		}

		Map<String, Duration> ages(long now) {
			return this.inboxes.entrySet()
				.stream()
				.filter((node) -> node.getValue().aliveUntil > now)
				.collect(Collectors.toMap(Map.Entry::getKey,
						(node) -> Duration.ofMillis(Math.max(0, now - node.getValue().joinedAt))));
		}

		boolean send(String node, String message, long now) {
			Inbox inbox = this.inboxes.get(node);
			return inbox != null && inbox.aliveUntil > now && inbox.messages.add(message);
		}

	}

	/**
	 * The messages to one node, which are numbered.
	 */
	private static final class Inbox implements Serializable {

		private static final long serialVersionUID = 1;

		private final Deque<String> messages = new ArrayDeque<>();

		private final long joinedAt;

		private long removed;

		private long aliveUntil;

		Inbox(long joinedAt) {
			this.joinedAt = joinedAt;
		}

		/**
		 * Remove what was received, and return what comes next.
		 */
		Batch read(Mark received) {
			while (received.inbox() == this.joinedAt && this.removed < received.last()) {
				this.messages.remove();
				this.removed++;
			}
			List<String> next = new ArrayList<>();
			int characters = 0;
			for (String message : this.messages) {
				if (!next.isEmpty() && characters + message.length() > MAX_CHARACTERS) {
					break;
				}
				characters += message.length();
				next.add(message);
			}
			return new Batch(next, new Mark(this.joinedAt, this.removed + next.size()));
		}

	}

}
