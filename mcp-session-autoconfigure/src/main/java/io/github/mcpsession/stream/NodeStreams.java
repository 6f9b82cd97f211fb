package io.github.mcpsession.stream;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.metrics.SessionMetrics;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The resumable streams of this node: those of the calls that run here, those by which
 * clients listen here, and those of calls that clients have resumed here.
 * <p>
 * No stream has a thread. Who writes to a stream that has a reader on another node sends
 * that node a message, and that reads the log; as messages may get lost, readers poll as
 * well. What may wait for a slow client runs in the order of its session on threads of
 * the cluster, but for what the {@link StreamClock} does.
 */
public final class NodeStreams {

	private static final Logger logger = LoggerFactory.getLogger(NodeStreams.class);

	private final EventLog log;

	private final StreamSettings settings;

	private final String nodeName;

	private final Executor background;

	private final McpJsonMapper json;

	private final StreamClock clock;

	private final LateCalls lateCalls;

	private final Scheduler sending;

	private final Set<SseStream> open = ConcurrentHashMap.newKeySet();

	private final StreamReaders readers;

	private final KeptMessages kept;

	private volatile Consumer<String> onListenerBehind = (sessionId) -> {
	};

	private volatile boolean draining;

	/**
	 * Create the streams of a node.
	 * @param log where events and announcements are kept
	 * @param settings how streams are handled
	 * @param node this node
	 * @param scope the managed server that the sessions are of
	 * @param background runs what makes calls to the store, without the caller waiting
	 * @param json writes messages as the transport would
	 * @param threads run what may wait for a client
	 * @param metrics counts
	 */
	public NodeStreams(EventLog log, StreamSettings settings, Node node, String scope, Executor background,
			McpJsonMapper json, StreamThreads threads, SessionMetrics metrics) {
		this.log = new CountedEventLog(log, metrics);
		this.settings = settings;
		this.nodeName = node.name();
		this.background = background;
		this.json = json;
		this.readers = new StreamReaders(node, scope);
		this.lateCalls = threads.lateCalls();
		this.sending = threads.sending();
		this.kept = new KeptMessages(this.log, this::write);
		this.clock = new StreamClock(this, node, threads, metrics);
	}

	// What streams need

	String nodeName() {
		return this.nodeName;
	}

	EventLog log() {
		return this.log;
	}

	StreamSettings settings() {
		return this.settings;
	}

	Collection<SseStream> open() {
		return this.open;
	}

	StreamReaders readers() {
		return this.readers;
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
	 * A stream has ended, or its connection if there is nothing else to it.
	 * @return whether it was open until now
	 */
	boolean remove(SseStream stream) {
		if (stream instanceof ResumedStream resumed) {
			this.readers.remove(resumed);
		}
		return this.open.remove(stream);
	}

	void saveProgressSoon(ListeningStream stream) {
		this.clock.saveProgressSoon(stream);
	}

	/**
	 * On a thread that may wait for a client.
	 */
	void runSoon(Runnable task) {
		this.clock.runSoon(task);
	}

	void onGap() {
		this.clock.onGap();
	}

	/**
	 * Do something when there is more in the log for the listening stream of a session
	 * than whoever has that open may know.
	 * @param task is given the session id; may wait for the store, and fail for it
	 */
	public void onListenerBehind(Consumer<String> task) {
		this.onListenerBehind = task;
	}

	void listenerIsBehind(String sessionId) {
		this.onListenerBehind.accept(sessionId);
	}

	void beginLater(CallStream call) {
		this.clock.beginLater(call);
	}

	void writeLater(String sessionId, StreamWrite end) {
		this.clock.writeLater(sessionId, end);
	}

	/**
	 * Send something, on another thread if this one must not wait for the store or a
	 * client.
	 * @param sending sends it when it is subscribed to
	 * @return the same, to be subscribed to by any thread
	 */
	public <T> Mono<T> sendFromAnyThread(Mono<T> sending) {
		return Mono.defer(() -> Schedulers.isInNonBlockingThread() ? sending.subscribeOn(this.sending) : sending);
	}

	// Streams of this node

	/**
	 * Open the stream of a call.
	 * @param session the session
	 * @param requestId the JSON text of the id of the request, if it is known
	 * @param connection the HTTP response
	 * @param onDisconnect called when the HTTP response is to be ended; more than once
	 * @return the stream, to be {@linkplain CallStream#end() ended} with the call
	 */
	public CallStream openCall(SessionRecord session, @Nullable String requestId, SseConnection connection,
			Runnable onDisconnect) {
		CallStream stream = new CallStream(this, session, requestId, connection, onDisconnect);
		this.open.add(stream);
		this.lateCalls.add(stream, this.background);
		return stream;
	}

	/**
	 * Open what the client asks for without a call: the rest of an earlier one, or a
	 * listening stream. While this node drains, the client is sent elsewhere.
	 * @param session the session
	 * @param lastEventId the event from which the client wants to resume, as it sent it
	 * @param condition which announcements are for this session
	 * @param sentWithCalls what the client was sent with calls
	 * @param connection the HTTP response
	 * @param onDisconnect called when the HTTP response is to be ended; more than once
	 * @return the stream; if it is a listening one, it is to be
	 * {@linkplain ListeningStream#start() started}
	 * @throws SessionStoreException if it is not known what to resume, since the log
	 * cannot be reached
	 */
	public @Nullable SseStream openOrResume(SessionRecord session, @Nullable String lastEventId,
			Predicate<Announcement> condition, Supplier<SessionRecord.@Nullable Missed> sentWithCalls,
			SseConnection connection, Runnable onDisconnect) {
		if (this.draining) {
			connection.retry(StreamSettings.spread(this.settings.retryFor(session)));
			onDisconnect.run();
			return null;
		}
		EventId from = (lastEventId != null) ? EventId.parse(lastEventId).orElse(null) : null;
		boolean resumesListening = from != null && ListeningStream.isOf(session.id(), from);
		SseStream stream = (from != null && !resumesListening) ? resume(session, from, connection, onDisconnect) : null;
		if (stream == null) {
			stream = listen(session, resumesListening ? from : null, lastEventId != null && !resumesListening,
					condition, sentWithCalls, connection, onDisconnect);
		}
		if (this.draining) {
			// it was opened just when this node began to drain
			stream.redirect();
		}
		return stream;
	}

	private ListeningStream listen(SessionRecord session, @Nullable EventId from, boolean lost,
			Predicate<Announcement> condition, Supplier<SessionRecord.@Nullable Missed> sentWithCalls,
			SseConnection connection, Runnable onDisconnect) {
		ListeningStream stream = new ListeningStream(this, session, from, condition, sentWithCalls, connection,
				onDisconnect);
		this.open.add(stream);
		if (!stream.open(StreamSettings.isPrimed(session), lost)) {
			stream.disconnect();
		}
		return stream;
	}

	/**
	 * Resume the stream of a call.
	 * @return the stream; {@code null} if the session has no such stream
	 */
	private @Nullable ResumedStream resume(SessionRecord session, EventId from, SseConnection connection,
			Runnable onDisconnect) {
		Function<String, ResumedStream> opener = (reader) -> new ResumedStream(this, session, from, reader, connection,
				onDisconnect);
		ResumedStream stream = this.readers.register(opener);
		if (stream == null && beginOwn(session.id(), from.stream())) {
			stream = this.readers.register(opener);
		}
		if (stream != null) {
			this.open.add(stream);
			stream.open(StreamSettings.isPrimed(session));
			stream.catchUp();
		}
		return stream;
	}

	/**
	 * Have the log know of a call that runs here, which it could not while the store was
	 * unavailable.
	 * @return whether there is such a call
	 */
	private boolean beginOwn(String sessionId, String stream) {
		for (SseStream candidate : this.open) {
			if (candidate instanceof CallStream call && call.id.equals(stream) && call.sessionId.equals(sessionId)) {
				if (!call.begin() && !call.isComplete()) {
					throw new SessionStoreException("The call is not known to the log yet", null);
				}
				return true;
			}
		}
		return false;
	}

	/**
	 * Send clients that listen, or have resumed a call, to another node. Those that come
	 * from now on as well.
	 * @param draining whether to do so
	 */
	public void drain(boolean draining) {
		this.draining = draining;
		if (draining) {
			this.open.forEach(this.clock::redirect);
		}
	}

	/**
	 * Whether clients are sent to other nodes.
	 * @return whether they are
	 */
	public boolean isDraining() {
		return this.draining;
	}

	/**
	 * Whether a call runs here that has let go of its connection, or lost it.
	 * @return whether there is one
	 */
	public boolean hasDetachedCalls() {
		return this.open.stream().anyMatch((stream) -> stream instanceof CallStream && !stream.isConnected());
	}

	/**
	 * What is kept for clients that do not listen.
	 * @return the messages
	 */
	public KeptMessages kept() {
		return this.kept;
	}

	/**
	 * To be called twice a second.
	 */
	public void runPeriodicTasks() {
		this.clock.run();
	}

}
