package io.github.mcpsession.memory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

import io.github.mcpsession.cluster.NodeChannel;

/**
 * A {@link NodeChannel} within this JVM: with the sessions in memory, the only node sends
 * to itself.
 * <p>
 * Thread-safe: the map is changed entry by entry, and the queues are made for many
 * threads. The inbox of a node is emptied by its receiving thread only.
 *
 * @see MemorySessionStore
 */
public final class MemoryNodeChannel implements NodeChannel {

	private static final Duration LONGEST_DEATH = Duration.ofMinutes(1);

	private final Map<String, Inbox> inboxes = new ConcurrentHashMap<>();

	private final InstantSource clock;

	private final String secret = UUID.randomUUID().toString();

	public MemoryNodeChannel() {
		this(InstantSource.system());
	}

	MemoryNodeChannel(InstantSource clock) {
		this.clock = clock;
	}

	@Override
	public boolean heartbeat(String node, Duration timeout) {
		Instant now = this.clock.instant();
		this.inboxes.values().removeIf((inbox) -> inbox.expiresAt().plus(LONGEST_DEATH).isBefore(now));
		AtomicBoolean wasAlive = new AtomicBoolean();
		this.inboxes.compute(node, (name, inbox) -> {
			wasAlive.set(inbox != null && inbox.expiresAt().isAfter(now));
			return (inbox != null) ? new Inbox(inbox.messages(), inbox.joinedAt(), now.plus(timeout))
					: new Inbox(new LinkedBlockingQueue<>(), now, now.plus(timeout));
		});
		return wasAlive.get();
	}

	@Override
	public void leave(String node) {
		this.inboxes.remove(node);
	}

	@Override
	public Map<String, Duration> nodes() {
		Instant now = this.clock.instant();
		return this.inboxes.entrySet()
			.stream()
			.filter((entry) -> isAlive(entry.getValue()))
			.collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, (entry) -> age(entry.getValue(), now)));
	}

	@Override
	public String secret() {
		return this.secret;
	}

	@Override
	public boolean send(String node, String message) {
		Inbox inbox = this.inboxes.get(node);
		return inbox != null && isAlive(inbox) && inbox.messages().offer(message);
	}

	@Override
	public void sendToAll(String message) {
		nodes().keySet().forEach((node) -> send(node, message));
	}

	@Override
	public List<String> receive(String node, Duration timeout) throws InterruptedException {
		Inbox inbox = this.inboxes.get(node);
		if (inbox == null) {
			TimeUnit.MILLISECONDS.sleep(timeout.toMillis());
			return List.of();
		}
		String first = inbox.messages().poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
		if (first == null) {
			return List.of();
		}
		List<String> messages = new ArrayList<>();
		messages.add(first);
		inbox.messages().drainTo(messages);
		return messages;
	}

	private static Duration age(Inbox inbox, Instant now) {
		Duration age = Duration.between(inbox.joinedAt(), now);
		return age.isNegative() ? Duration.ZERO : age;
	}

	private boolean isAlive(Inbox inbox) {
		return inbox.expiresAt().isAfter(this.clock.instant());
	}

	private record Inbox(BlockingQueue<String> messages, Instant joinedAt, Instant expiresAt) {
	}

}
