package io.github.mcpsession.server;

import java.util.UUID;

import io.github.mcpsession.session.SubscribedResources;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.ListeningStream;
import io.github.mcpsession.stream.NodeStreams;
import io.github.mcpsession.stream.ResumedStream;
import io.github.mcpsession.stream.SseStream;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpStreamableServerTransport;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A connection that the client has opened without a call: to listen by it, or for the
 * rest of an earlier call. If streams are resumable messages go out on a stream, and the
 * transport's own connection is only used to end the HTTP response.
 * <p>
 * Opened by a request thread; any thread sends and closes. Closing it once more than once
 * does no harm.
 */
final class ListeningConnection implements McpStreamableServerTransport {

	private final String id = UUID.randomUUID().toString();

	private final SdkSession session;

	private final McpStreamableServerTransport connection;

	private volatile boolean connected = true;

	private volatile boolean claimed;

	private volatile @Nullable SseStream stream;

	/**
	 * Create a connection.
	 * @param session the session
	 * @param connection the transport's own
	 */
	ListeningConnection(SdkSession session, McpStreamableServerTransport connection) {
		this.session = session;
		this.connection = connection;
	}

	/**
	 * Find out what the client wants, and open it.
	 * @param streams the streams of this node, {@code null} if they are not resumable
	 * @param request the request
	 */
	void open(@Nullable NodeStreams streams, @Nullable StreamRequest request) {
		SseStream opened = null;
		if (streams != null && request != null) {
			opened = streams.openOrResume(this.session.record(), request.lastEventId(),
					(announcement) -> SubscribedResources.isFor(this.session.record(), announcement),
					() -> this.session.record().missed(), request.connection(), this::close);
			this.stream = opened;
			if (opened == null) {
				return;
			}
		}
		if (!(opened instanceof ResumedStream)) {
			this.session.connections().listenBy(this);
		}
		if (opened instanceof ListeningStream listening) {
			listening.start();
		}
		if (!this.connected) {
			// it was closed before what was opened could be closed with it
			disconnected();
		}
	}

	/**
	 * The client listens by another connection from now on. This one is left open.
	 */
	void becomeIdle() {
		this.claimed = false;
		if (this.stream instanceof ListeningStream listening) {
			listening.becomeIdle();
		}
	}

	/**
	 * The client listens by this connection again.
	 */
	void promote() {
		if (this.stream instanceof ListeningStream listening) {
			listening.promote();
		}
	}

	/**
	 * Send what was kept since the one was closed that it listened by.
	 * @param left the one that it listened by, {@code null} if that was on another node
	 */
	void wake(@Nullable ListeningConnection left) {
		if (this.stream instanceof ListeningStream listening) {
			listening.wake((left != null && left.stream instanceof ListeningStream other) ? other : null);
		}
	}

	/**
	 * What tells it from all other connections.
	 */
	String id() {
		return this.id;
	}

	/**
	 * Whether the record says, or has said, that the client listens by it.
	 */
	boolean isClaimed() {
		return this.claimed;
	}

	void claimed() {
		this.claimed = true;
	}

	boolean isResumed() {
		return this.stream instanceof ResumedStream;
	}

	/**
	 * Send a message that has passed the session it belongs to, on this or another node.
	 */
	Mono<Void> send(JSONRPCMessage message) {
		return (this.stream instanceof ListeningStream listening) ? Mono.fromRunnable(() -> listening.send(message))
				: this.connection.sendMessage(message, UUID.randomUUID().toString());
	}

	/**
	 * Send an announcement, on a thread that may wait for the client.
	 */
	void announce(Announcement announcement, boolean again) {
		if (this.stream instanceof ListeningStream listening) {
			listening.announce(announcement, again);
		}
		else {
			send(JsonRpcMessages.read(announcement.message())).block();
		}
	}

	/**
	 * Send what other nodes have kept in the log.
	 */
	void catchUp() {
		if (this.stream instanceof ListeningStream listening) {
			listening.catchUp();
		}
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message) {
		return Mono.defer(() -> this.connection.sendMessage(this.session.tagWithNode(message)));
	}

	@Override
	public Mono<Void> sendMessage(JSONRPCMessage message, String messageId) {
		return Mono.defer(() -> this.connection.sendMessage(this.session.tagWithNode(message), messageId));
	}

	@Override
	public <T> T unmarshalFrom(Object data, TypeRef<T> typeRef) {
		return this.connection.unmarshalFrom(data, typeRef);
	}

	@Override
	public Mono<Void> closeGracefully() {
		return Mono.defer(() -> {
			disconnected();
			return this.connection.closeGracefully();
		});
	}

	@Override
	public void close() {
		disconnected();
		this.connection.close();
	}

	private void disconnected() {
		this.connected = false;
		SseStream current = this.stream;
		if (current != null) {
			current.disconnected();
		}
		this.session.connections().disconnected(this);
	}

}
