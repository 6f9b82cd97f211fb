package io.github.mcpsession.cluster;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Pattern;

import io.github.mcpsession.SessionStoreException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/**
 * This node among the others: says that it is alive, and sends and receives messages.
 * <p>
 * Threads: one receives, for all sessions, and hands each message to a pool, where those
 * about one session are handled in order. One sends heartbeats, which must not have to
 * wait for other calls; none while the one that receives has not got an answer of the
 * store for longer than the node timeout, so that nobody sends to a node that does not
 * receive. Any thread may send.
 *
 * @see MessageType
 */
public final class Node {

	private static final Logger logger = LoggerFactory.getLogger(Node.class);

	private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}");

	private static final long LAST_HEARTBEAT_MILLIS = 2000;

	private final String name = newName();

	private final NodeChannel channel;

	private final NodeChannel senders;

	private final NodeSettings settings;

	private final String namespace;

	private final MessageDispatcher dispatcher;

	private final AtomicLong sent = new AtomicLong();

	private volatile @Nullable Long lastFailure;

	private volatile @Nullable Throwable heartbeatFailure;

	private volatile boolean alone;

	private volatile @Nullable Set<String> others;

	/**
	 * For the thread that sends heartbeats only.
	 */
	private boolean silent;

	/**
	 * When the last heartbeat succeeded; for the thread that sends heartbeats only.
	 */
	private long lastHeartbeat = System.nanoTime();

	/**
	 * For the thread that sends heartbeats only.
	 */
	private boolean unheard;

	private final List<Runnable> onRejoin = new CopyOnWriteArrayList<>();

	private volatile @Nullable ThreadPoolTaskScheduler heartbeats;

	private final Receiver receiver;

	/**
	 * Create a node with a new random name.
	 * @param namespace what tells the application from others
	 * @param channel to receive by
	 * @param senders the same channel, but guarded against slow answers
	 * @param settings how nodes communicate
	 */
	public Node(String namespace, NodeChannel channel, NodeChannel senders, NodeSettings settings) {
		this.namespace = namespace;
		this.channel = channel;
		this.senders = senders;
		this.settings = settings;
		this.dispatcher = new MessageDispatcher(this.name, namespace);
		this.receiver = new Receiver(channel, this.name, settings.nodeTimeout(), this::accept, this::failed,
				this::heartbeatSoon);
	}

	private static String newName() {
		byte[] random = new byte[8];
		new SecureRandom().nextBytes(random);
		return HexFormat.of().formatHex(random);
	}

	/**
	 * The name of this node, which no other node ever has, nor this one after a restart.
	 * @return 16 hexadecimal digits
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Handle messages of a type. Handlers of one session are called in order; one that
	 * waits holds up only those of the same session.
	 * @param scope the managed server that the messages are for
	 * @param type the type
	 * @param handler the handler
	 */
	public void on(String scope, MessageType type, Consumer<NodeMessage> handler) {
		this.dispatcher.on(scope, type, handler);
	}

	/**
	 * Do something each time when this node was considered dead and is not: others may
	 * not have sent it what all nodes should receive.
	 * @param task what to do, on the thread that sends heartbeats
	 */
	public void onRejoin(Runnable task) {
		this.onRejoin.add(task);
	}

	/**
	 * Whether nodes that the store considers dead are. After an outage of the store, or
	 * if it has lost which nodes there are, they may just not have had the time for a
	 * heartbeat.
	 * @return whether no call to the store has failed for the node timeout
	 */
	public boolean isSteady() {
		Long failure = this.lastFailure;
		return failure == null || System.nanoTime() - failure > this.settings.nodeTimeout().toNanos();
	}

	/**
	 * The nodes that are alive.
	 * @return how long ago each of them joined, by its name
	 */
	public Map<String, Duration> nodes() {
		return this.senders.nodes();
	}

	/**
	 * A random text that the living nodes share.
	 * @return the text
	 * @see NodeChannel#secret()
	 */
	public String secret() {
		return this.senders.secret();
	}

	/**
	 * Send a message to a node.
	 * @param node what is said to be the name of a node, by whomever
	 * @param message the message
	 * @return {@code false} if there is no such node, or it is considered dead
	 * @throws SessionStoreException if the store cannot be reached
	 */
	public boolean send(String node, NodeMessage message) {
		return NAME.matcher(node).matches() && this.senders.send(node, write(message));
	}

	/**
	 * Send a message to all other nodes.
	 * @param message the message
	 * @throws SessionStoreException if the store cannot be reached
	 */
	public void broadcast(NodeMessage message) {
		this.senders.sendToAll(write(message));
	}

	/**
	 * Send a message to all other nodes, if the store can be reached: for types whose
	 * loss is made up for. The end of a session is not sent while there are no others,
	 * since some clients begin and end one for each call.
	 * @param message the message
	 */
	public void tryBroadcast(NodeMessage message) {
		if (this.alone && message.type() == MessageType.ENDED) {
			return;
		}
		try {
			broadcast(message);
		}
		catch (SessionStoreException ex) {
			logger.debug("Other nodes did not get: {}", message);
		}
	}

	/**
	 * These nodes were alive just now. One that joins says hello, and is known from then
	 * on.
	 */
	void foundOthers(Set<String> names) {
		this.alone = names.isEmpty();
		this.others = names;
	}

	/**
	 * The other nodes that were alive at the last look, some heartbeats ago: what is no
	 * more than a hint, but takes no call to the store.
	 * @return their names, another object after each look; {@code null} before the first
	 */
	public @Nullable Set<String> lastSeenOthers() {
		return this.others;
	}

	private String write(NodeMessage message) {
		return message.sentBy(this.name, this.name + "-" + this.sent.incrementAndGet(), this.namespace).write();
	}

	/**
	 * Do something about a session, in order with the messages about it.
	 * @param sessionId the session id
	 * @param task what to do
	 */
	public void run(String sessionId, Runnable task) {
		this.dispatcher.run(sessionId, task);
	}

	/**
	 * Join the cluster.
	 */
	public void start() {
		this.dispatcher.start();
		join();
		this.receiver.start();
		ThreadPoolTaskScheduler scheduler = new ThreadPoolTaskScheduler();
		scheduler.setWaitForTasksToCompleteOnShutdown(true);
		scheduler.setAwaitTerminationMillis(LAST_HEARTBEAT_MILLIS);
		scheduler.setThreadNamePrefix("mcp-session-heartbeat-");
		scheduler.setDaemon(true);
		scheduler.initialize();
		scheduler.scheduleWithFixedDelay(this::heartbeat, this.settings.heartbeatInterval());
		this.heartbeats = scheduler;
	}

	private void join() {
		try {
			this.senders.heartbeat(this.name, this.settings.nodeTimeout());
		}
		catch (RuntimeException ex) {
			failed();
			logger.debug("The first heartbeat failed", ex);
		}
	}

	private void heartbeat() {
		boolean wasSilent = this.silent;
		this.silent = this.receiver.isDeaf();
		if (this.silent) {
			if (!wasSilent) {
				logger.warn("The store did not respond to the receiver for {}: this node sends no heartbeats "
						+ "until it can receive messages of other nodes", this.settings.nodeTimeout());
			}
			return;
		}
		try {
			if (!this.channel.heartbeat(this.name, this.settings.nodeTimeout())) {
				// others may be considered dead for the same reason
				failed();
				this.onRejoin.forEach(Runnable::run);
			}
			this.heartbeatFailure = null;
			this.lastHeartbeat = System.nanoTime();
			this.unheard = false;
		}
		catch (RuntimeException ex) {
			failed();
			this.heartbeatFailure = ex;
			logger.debug("A heartbeat failed", ex);
			warnIfUnheard(ex);
		}
	}

	private void warnIfUnheard(RuntimeException failure) {
		if (!this.unheard && System.nanoTime() - this.lastHeartbeat > this.settings.nodeTimeout().toNanos()) {
			this.unheard = true;
			logger.warn("No heartbeat for {}: other nodes consider this one dead ({})", this.settings.nodeTimeout(),
					NestedExceptionUtils.getMostSpecificCause(failure).toString().lines().findFirst().orElse(""));
		}
	}

	/**
	 * Why the last heartbeat failed.
	 * @return the failure, {@code null} if it succeeded
	 */
	public @Nullable Throwable heartbeatFailure() {
		return this.heartbeatFailure;
	}

	/**
	 * For the receiver, when it receives again.
	 */
	private void heartbeatSoon() {
		ThreadPoolTaskScheduler scheduler = this.heartbeats;
		if (scheduler != null) {
			scheduler.execute(this::heartbeat);
		}
	}

	private void failed() {
		this.lastFailure = System.nanoTime();
	}

	private void accept(String text) {
		if (this.dispatcher.accept(text)) {
			this.alone = false;
		}
	}

	/**
	 * Leave the cluster.
	 */
	public void stop() {
		ThreadPoolTaskScheduler scheduler = this.heartbeats;
		if (scheduler != null) {
			scheduler.shutdown();
			this.heartbeats = null;
		}
		this.receiver.stop();
		try {
			this.senders.leave(this.name);
		}
		catch (RuntimeException ex) {
			logger.debug("This node could not leave the cluster", ex);
		}
		this.dispatcher.stop();
	}

}
