package io.github.mcpsession.server;

import java.util.concurrent.atomic.AtomicReference;

import io.github.mcpsession.session.Listening;
import io.github.mcpsession.stream.Announcement;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The connections by which the client of a session listens to this node: the newest is
 * the one, and that which it replaces is closed.
 * <p>
 * Thread-safe: {@link #current} changes in atomic steps, so of two connections that are
 * opened at once one is left, and the end of one that was replaced does not end the
 * other.
 */
final class ListeningConnections implements Listening {

	private final AtomicReference<@Nullable ListeningConnection> current = new AtomicReference<>();

	/**
	 * The client listens by this connection from now on.
	 */
	void replace(ListeningConnection newest) {
		ListeningConnection replaced = this.current.getAndSet(newest);
		if (replaced != null) {
			replaced.close();
		}
	}

	/**
	 * A connection of the session was closed.
	 * @return whether the client listened by it until now
	 */
	boolean remove(ListeningConnection connection) {
		return this.current.compareAndSet(connection, null);
	}

	private @Nullable ListeningConnection current(@Nullable String id) {
		ListeningConnection connection = this.current.get();
		return (connection != null && connection.id().equals(id)) ? connection : null;
	}

	@Override
	public boolean isOpen() {
		return this.current.get() != null;
	}

	@Override
	public @Nullable String id() {
		ListeningConnection connection = this.current.get();
		return (connection != null) ? connection.id() : null;
	}

	@Override
	public void claimed(String id) {
		ListeningConnection connection = current(id);
		if (connection != null) {
			connection.claimed();
		}
	}

	@Override
	public boolean isClaimed(String id) {
		ListeningConnection connection = current(id);
		return connection != null && connection.isClaimed();
	}

	@Override
	public @Nullable Mono<Boolean> send(JSONRPCMessage message) {
		ListeningConnection connection = this.current.get();
		return (connection != null)
				? connection.send(message).then(Mono.fromSupplier(() -> this.current.get() == connection)) : null;
	}

	@Override
	public void announce(Announcement announcement, boolean again) {
		ListeningConnection connection = this.current.get();
		if (connection != null) {
			connection.announce(announcement, again);
		}
	}

	@Override
	public void catchUp() {
		ListeningConnection connection = this.current.get();
		if (connection != null) {
			connection.catchUp();
		}
	}

	@Override
	public void close() {
		ListeningConnection connection = this.current.get();
		if (connection != null) {
			connection.close();
		}
	}

	@Override
	public boolean close(@Nullable String id) {
		ListeningConnection connection = current(id);
		if (connection != null) {
			connection.close();
		}
		return connection != null;
	}

}
