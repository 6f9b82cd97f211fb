package io.github.mcpsession.server;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import io.github.mcpsession.session.Listening;
import io.github.mcpsession.session.StreamLocation;
import io.github.mcpsession.stream.Announcement;
import io.github.mcpsession.stream.ListeningStream;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The connection by which the client of a session listens to this node, if it does. The
 * newest is the one; that which it replaces is closed.
 * <p>
 * Thread-safe: request threads open and close connections, any thread sends.
 * {@link #current} changes in atomic steps, so of two connections that are opened at once
 * one is left, and the end of one that was replaced does not end the other.
 *
 * @see StreamLocation
 */
final class ListeningConnection implements Listening {

	private final Function<JSONRPCMessage, String> json;

	private final AtomicReference<@Nullable Connection> current = new AtomicReference<>();

	/**
	 * A connection.
	 *
	 * @param id tells it from all other connections
	 * @param transport where to send
	 * @param stream what is sent by it, {@code null} if it is not resumable
	 * @param claimed whether the store was told of it
	 */
	private record Connection(String id, OutgoingTransport transport, @Nullable ListeningStream stream,
			AtomicBoolean claimed) {
	}

	/**
	 * Create a listener that does not listen.
	 * @param json writes messages as JSON
	 */
	ListeningConnection(Function<JSONRPCMessage, String> json) {
		this.json = json;
	}

	/**
	 * The client listens by this connection from now on.
	 * @param transport where to send
	 * @param stream what to send by, {@code null} if the connection is not resumable
	 * @return the id of the connection
	 */
	String replace(OutgoingTransport transport, @Nullable ListeningStream stream) {
		Connection newest = new Connection(UUID.randomUUID().toString(), transport, stream, new AtomicBoolean());
		Connection replaced = this.current.getAndSet(newest);
		if (replaced != null) {
			replaced.transport().close();
		}
		return newest.id();
	}

	/**
	 * A connection of the session was closed.
	 * @return its id if the client listened by it until now, else {@code null}
	 */
	@Nullable String closed(OutgoingTransport transport) {
		Connection connection = this.current.get();
		return (connection != null && connection.transport() == transport
				&& this.current.compareAndSet(connection, null)) ? connection.id() : null;
	}

	@Override
	public boolean isOpen() {
		return this.current.get() != null;
	}

	@Override
	public @Nullable String id() {
		Connection connection = this.current.get();
		return (connection != null) ? connection.id() : null;
	}

	@Override
	public void claimed(String id) {
		Connection connection = this.current.get();
		if (connection != null && connection.id().equals(id)) {
			connection.claimed().set(true);
		}
	}

	@Override
	public boolean isClaimed(String id) {
		Connection connection = this.current.get();
		return connection != null && connection.id().equals(id) && connection.claimed().get();
	}

	@Override
	public @Nullable Mono<Boolean> send(JSONRPCMessage message) {
		Connection connection = this.current.get();
		if (connection == null) {
			return null;
		}
		ListeningStream stream = connection.stream();
		Mono<Void> sent = (stream != null) ? Mono.fromRunnable(() -> stream.send(this.json.apply(message)))
				: connection.transport().sendAsIs(message, UUID.randomUUID().toString());
		return sent.then(Mono.fromSupplier(() -> this.current.get() == connection));
	}

	@Override
	public void announce(Announcement announcement) {
		Connection connection = this.current.get();
		ListeningStream stream = (connection != null) ? connection.stream() : null;
		if (stream != null) {
			stream.announce(announcement);
		}
		else if (connection != null) {
			connection.transport()
				.sendAsIs(JsonRpcMessages.read(announcement.message()), UUID.randomUUID().toString())
				.block();
		}
	}

	@Override
	public void catchUp() {
		Connection connection = this.current.get();
		ListeningStream stream = (connection != null) ? connection.stream() : null;
		if (stream != null) {
			stream.catchUp();
		}
	}

	@Override
	public void close() {
		Connection connection = this.current.get();
		if (connection != null) {
			connection.transport().close();
		}
	}

	@Override
	public boolean close(@Nullable String id) {
		Connection connection = this.current.get();
		if (connection == null || !connection.id().equals(id)) {
			return false;
		}
		connection.transport().close();
		return true;
	}

}
