package io.github.mcpsession.server;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.MessageType;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.metrics.SessionMetrics;
import io.github.mcpsession.metrics.SessionMetrics.Fate;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.AnnouncementLog;
import io.github.mcpsession.stream.CallStream;
import io.github.mcpsession.stream.EventId;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.ListeningStream;
import io.github.mcpsession.stream.ResumedStream;
import io.github.mcpsession.stream.SseConnection;
import io.github.mcpsession.stream.SseStream;
import io.github.mcpsession.stream.StreamContext;
import io.github.mcpsession.stream.StreamSettings;
import io.github.mcpsession.stream.StreamState;
import io.github.mcpsession.stream.StreamWrite;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The resumable streams of this node: those of the calls that run here, those by which
 * clients listen here, and those that clients have resumed here.
 * <p>
 * No stream has a thread. Who writes to a stream that is followed on another node sends
 * that node a message, and that reads the log; as messages may get lost, every followed
 * stream is looked at now and then as well. {@link #tick} does what is to be done by the
 * clock. What may wait for a slow client runs in the order of its session on threads of
 * the cluster, but for that look and the heartbeats, which have few threads of their own.
 */
final class NodeStreams implements StreamContext.Listener {

	private static final Logger logger = LoggerFactory.getLogger(NodeStreams.class);

	private static final String FIRST_PRIMED_VERSION = "2025-11-25";

	private static final char SEPARATOR = '/';

	/**
	 * A call that takes longer is written to the log before its first message.
	 */
	private static final Duration SHORT_CALL = Duration.ofMillis(25);

	private static final Duration POLL_INTERVAL = Duration.ofSeconds(5);

	private final StreamContext context;

	private final AnnouncementFeed feed;

	private final Node cluster;

	private final String scope;

	private final Executor background;

	private final McpJsonMapper json;

	private final SessionMetrics metrics;

	private final Map<SseStream, String> open = new ConcurrentHashMap<>();

	private final Map<String, ResumedStream> followed = new ConcurrentHashMap<>();

	private final UnwrittenEnds unwritten;

	private final Scheduler polling;

	private final Scheduler heartbeats;

	private final Set<Integer> beating = ConcurrentHashMap.newKeySet();

	private final AtomicBoolean gap = new AtomicBoolean();

	private volatile boolean draining;

	private volatile boolean gapLately;

	private long lastHeartbeat = System.nanoTime();

	private long lastPoll = System.nanoTime();

	NodeStreams(EventLog log, AnnouncementLog announcements, StreamSettings settings, Node cluster, String scope,
			Executor background, McpJsonMapper json, StreamThreads threads, SessionMetrics metrics) {
		this.polling = threads.polling();
		this.heartbeats = threads.heartbeats();
		this.metrics = metrics;
		this.context = new StreamContext(cluster.name(), new CountedEventLog(log, metrics), announcements, settings,
				this);
		this.unwritten = new UnwrittenEnds(this.context);
		this.feed = new AnnouncementFeed(announcements);
		this.cluster = cluster;
		this.scope = scope;
		this.background = background;
		this.json = json;
		cluster.on(scope, MessageType.APPENDED, this::onReaderMessage);
		cluster.on(scope, MessageType.STOP_READING, this::onReaderMessage);
	}

	/**
	 * The JSON of a message, as the transport would write it.
	 */
	String write(JSONRPCMessage message) {
		try {
			return this.json.writeValueAsString(message);
		}
		catch (IOException ex) {
			throw new IllegalStateException("A message cannot be written as JSON", ex);
		}
	}

	/**
	 * Clients of older protocols choke on an event without data.
	 */
	private static boolean isPrimed(SdkSession session) {
		return session.record().protocolVersion().compareTo(FIRST_PRIMED_VERSION) >= 0;
	}

	// Streams of this node

	ClientCall openCall(SdkSession session, @Nullable Object requestId, SseConnection connection,
			Runnable onDisconnect) {
		CallStream stream = new CallStream(this.context, session.getId(),
				(requestId != null) ? JsonRpcMessages.key(requestId) : null, connection, onDisconnect);
		boolean primed = isPrimed(session) && stream.isResumable();
		ClientCall call = new ClientCall(session, stream, requestId, primed);
		this.open.put(stream, session.getId());
		stream.open(primed);
		Schedulers.parallel()
			.schedule(() -> this.background.execute(stream::beginUnlessBusy), SHORT_CALL.toMillis(),
					TimeUnit.MILLISECONDS);
		return call;
	}

	/**
	 * Open what the client asks for without a call: the rest of an earlier one, or a
	 * listening stream.
	 * @param listen has messages come to a listening stream; called after the client was
	 * sent the first bytes, and before it is sent what it has missed
	 */
	void openOrResume(SdkSession session, StreamRequest request, OutgoingTransport transport,
			Consumer<ListeningStream> listen) {
		SseConnection connection = request.connection();
		if (this.draining) {
			connection.retry(this.context.settings().retry());
			transport.close();
			return;
		}
		String header = request.lastEventId();
		EventId lastEventId = (header != null) ? EventId.parse(header).orElse(null) : null;
		boolean resumesListening = lastEventId != null && ListeningStream.isOf(session.getId(), lastEventId);
		if (lastEventId != null && !resumesListening && resume(session, lastEventId, connection, transport)) {
			return;
		}
		ListeningStream stream = new ListeningStream(this.context, session.getId(), session.record().createdAt(),
				resumesListening ? lastEventId : null,
				(announcement) -> SubscribedResources.isFor(session.record(), announcement), connection,
				transport::close);
		transport.stream(stream);
		this.open.put(stream, session.getId());
		stream.open(isPrimed(session), header != null && !resumesListening, () -> listen.accept(stream));
		releaseIfDraining(stream);
	}

	/**
	 * For one that was opened just when this node began to drain.
	 */
	private void releaseIfDraining(SseStream stream) {
		if (this.draining) {
			stream.release();
		}
	}

	/**
	 * Resume the stream of a call.
	 * @return {@code false} if the session has no such stream
	 */
	private boolean resume(SdkSession session, EventId from, SseConnection connection, OutgoingTransport transport) {
		String token = UUID.randomUUID().toString();
		ResumedStream stream = new ResumedStream(this.context, session.getId(), from,
				this.cluster.name() + SEPARATOR + token, connection, transport::close);
		// registered first: from follow() on somebody may send word
		this.followed.put(token, stream);
		Optional<StreamState> before = Optional.empty();
		try {
			before = stream.follow();
		}
		finally {
			if (before.isEmpty()) {
				this.followed.remove(token);
			}
		}
		if (before.isEmpty()) {
			return false;
		}
		transport.stream(stream);
		this.open.put(stream, session.getId());
		String replaced = before.get().reader();
		if (replaced != null) {
			sendToReader(replaced, (reader) -> NodeMessage.stopReading(this.scope, session.getId(), reader));
		}
		stream.open(isPrimed(session));
		stream.catchUp();
		releaseIfDraining(stream);
		return true;
	}

	/**
	 * Send clients that listen, or follow a call, to another node. Those that come from
	 * now on as well.
	 */
	void drain(boolean draining) {
		this.draining = draining;
		if (draining) {
			this.open.keySet().forEach((stream) -> this.heartbeats.schedule(stream::release));
		}
	}

	/**
	 * Whether a call runs here that has let go of its connection, or lost it.
	 */
	boolean hasDetachedCalls() {
		return this.open.keySet().stream().anyMatch((stream) -> stream instanceof CallStream call && call.isDetached());
	}

	void closed(SseStream stream) {
		boolean first = this.open.remove(stream) != null;
		if (stream instanceof ResumedStream) {
			this.followed.values().remove(stream);
		}
		else if (first && stream instanceof ListeningStream listening) {
			noteSoon(listening);
		}
		stream.disconnected();
	}

	/**
	 * On another thread, since this one may hold locks that the stream's must not wait
	 * for.
	 */
	private void noteSoon(ListeningStream stream) {
		try {
			this.heartbeats.schedule(() -> note(stream));
		}
		catch (RejectedExecutionException ex) {
			note(stream);
		}
	}

	private static void note(ListeningStream stream) {
		try {
			stream.note();
		}
		catch (SessionStoreException ex) {
			logger.debug("It was not noted how far a client is", ex);
		}
	}

	/**
	 * Keep a notification for a client that does not listen.
	 */
	void keep(String session, JSONRPCMessage notification) {
		ListeningStream.keep(this.context, session, write(notification));
	}

	/**
	 * Remember an announcement.
	 * @return the announcement, with the number 0 if that failed
	 */
	Announcement announce(String topic, String message) {
		long number = 0;
		try {
			number = this.context.announcements().announce(topic, message);
		}
		catch (SessionStoreException ex) {
			logger.debug("A notification is not kept for clients that do not listen now");
		}
		return new Announcement(number, topic, message);
	}

	AnnouncementFeed feed() {
		return this.feed;
	}

	/**
	 * Delete what is kept of a session that has ended.
	 */
	void delete(String session) {
		try {
			this.context.log().delete(session);
		}
		catch (SessionStoreException ex) {
			logger.debug("The streams of session {} are left to expire", SessionIds.mask(session), ex);
		}
	}

	// Streams that are followed elsewhere

	@Override
	public void onAppended(String session, String reader) {
		sendToReader(reader, (token) -> NodeMessage.appended(this.scope, session, token));
	}

	private void sendToReader(String reader, Function<String, NodeMessage> toMessage) {
		int separator = reader.indexOf(SEPARATOR);
		String node = reader.substring(0, Math.max(separator, 0));
		String token = reader.substring(separator + 1);
		NodeMessage message = toMessage.apply(token);
		if (node.equals(this.cluster.name())) {
			this.cluster.run(Objects.requireNonNull(message.sessionId()), () -> onReaderMessage(message));
			return;
		}
		try {
			this.cluster.send(node, message);
		}
		catch (SessionStoreException ex) {
			logger.debug("A node does not know of a change of a stream that is read there", ex);
		}
	}

	/**
	 * A stream that is read here goes on, or is read elsewhere now.
	 */
	private void onReaderMessage(NodeMessage message) {
		ResumedStream stream = (message.stream() != null) ? this.followed.get(message.stream()) : null;
		if (stream == null) {
			return;
		}
		if (message.type() == MessageType.APPENDED) {
			stream.catchUp();
		}
		else {
			stream.end();
		}
	}

	// Gaps

	@Override
	public void onGap(String session) {
		this.metrics.events(Fate.UNWRITTEN, 1);
		this.gapLately = true;
		if (this.gap.compareAndSet(false, true)) {
			logger.warn("Messages are sent that clients cannot get again, since the session store gives no answer");
		}
	}

	@Override
	public void onUnwritten(String session, StreamWrite write) {
		this.unwritten.add(session, write);
	}

	// By the clock

	/**
	 * To be called twice a second.
	 */
	void tick() {
		long now = System.nanoTime();
		if (now - this.lastHeartbeat > this.context.settings().heartbeatInterval().toNanos()) {
			this.lastHeartbeat = now;
			if (!this.gapLately) {
				this.gap.set(false);
			}
			this.gapLately = false;
			beat();
		}
		if (now - this.lastPoll > POLL_INTERVAL.toNanos()) {
			this.lastPoll = now;
			this.polling.schedule(() -> this.followed.values().forEach(ResumedStream::poll));
		}
		try {
			this.unwritten.writeAgain();
			if (!this.followed.isEmpty() && this.cluster.isSteady()) {
				endAbandoned();
			}
		}
		catch (SessionStoreException ex) {
			logger.debug("Streams could not be looked after", ex);
		}
	}

	private void endAbandoned() {
		Set<String> alive = this.cluster.nodes().keySet();
		if (!alive.contains(this.cluster.name())) {
			// nor does the store know of others that are alive
			return;
		}
		this.open.forEach((stream, session) -> {
			if (stream instanceof ResumedStream resumed && resumed.isAbandoned(alive)) {
				this.cluster.run(session, resumed::abandon);
			}
		});
	}

	/**
	 * In some few tasks, of which a slow client holds up one.
	 */
	private void beat() {
		Map<Integer, List<SseStream>> parts = this.open.keySet()
			.stream()
			.collect(Collectors
				.groupingBy((stream) -> Math.floorMod(System.identityHashCode(stream), StreamThreads.HEARTBEAT_TASKS)));
		parts.forEach((part, streams) -> {
			if (this.beating.add(part)) {
				this.heartbeats.schedule(() -> {
					try {
						streams.forEach(NodeStreams::beat);
					}
					finally {
						this.beating.remove(part);
					}
				});
			}
		});
	}

	private static void beat(SseStream stream) {
		try {
			stream.heartbeat();
		}
		catch (RuntimeException ex) {
			logger.debug("A stream has missed a heartbeat", ex);
		}
	}

}
