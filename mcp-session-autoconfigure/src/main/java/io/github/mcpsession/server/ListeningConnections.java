package io.github.mcpsession.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import io.github.mcpsession.session.Listening;
import io.github.mcpsession.stream.Announcement;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The connections by which the client of a session listens to this node: the newest is
 * the one. Those that it replaces are left open, and get nothing but heartbeats: closed,
 * they would be opened again, by some clients for ever. When the newest is closed, the
 * one before it takes over.
 * <p>
 * Thread-safe: the monitor guards which connection is what, and nothing is sent, closed
 * or stored under it.
 */
final class ListeningConnections implements Listening {

	private static final int MAX_IDLE = 32;

	private volatile @Nullable ListeningConnection current;

	/**
	 * Newest last.
	 */
	private final Deque<ListeningConnection> idle = new ArrayDeque<>(0);

	/**
	 * Nothing is known of what came before.
	 */
	private final AtomicBoolean missed = new AtomicBoolean(true);

	private final AtomicReference<@Nullable Object> lastLook = new AtomicReference<>();

	/**
	 * The last one that was closed.
	 */
	private @Nullable ListeningConnection left;

	/**
	 * The client listens by this connection from now on.
	 */
	void replace(ListeningConnection newest) {
		ListeningConnection replaced;
		ListeningConnection surplus;
		synchronized (this) {
			replaced = this.current;
			this.current = newest;
			surplus = (replaced != null) ? leaveOpen(replaced) : null;
		}
		if (replaced != null) {
			replaced.becomeIdle();
		}
		if (surplus != null) {
			surplus.close();
		}
	}

	private @Nullable ListeningConnection leaveOpen(ListeningConnection replaced) {
		this.idle.addLast(replaced);
		return (this.idle.size() > MAX_IDLE) ? this.idle.removeFirst() : null;
	}

	/**
	 * A connection of the session was closed.
	 * @return whether the client listened by it until now
	 */
	synchronized boolean remove(ListeningConnection connection) {
		if (this.current != connection) {
			this.idle.remove(connection);
			return false;
		}
		this.current = null;
		this.left = connection;
		return true;
	}

	@Override
	public synchronized boolean hasIdle() {
		return !this.idle.isEmpty();
	}

	@Override
	public synchronized @Nullable String promote() {
		ListeningConnection next = (this.current == null) ? this.idle.pollLast() : null;
		if (next == null) {
			return null;
		}
		next.promote();
		this.current = next;
		return next.id();
	}

	@Override
	public void wake() {
		ListeningConnection promoted;
		ListeningConnection before;
		synchronized (this) {
			promoted = this.current;
			before = this.left;
			this.left = null;
		}
		if (promoted != null) {
			promoted.wake(before);
		}
	}

	private @Nullable ListeningConnection current(@Nullable String id) {
		ListeningConnection connection = this.current;
		return (connection != null && connection.id().equals(id)) ? connection : null;
	}

	@Override
	public boolean isOpen() {
		return this.current != null;
	}

	@Override
	public @Nullable String id() {
		ListeningConnection connection = this.current;
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
		ListeningConnection connection = this.current;
		return (connection != null) ? connection.send(message).then(Mono.fromSupplier(() -> this.current == connection))
				: null;
	}

	@Override
	public void announce(Announcement announcement, boolean again) {
		ListeningConnection connection = this.current;
		if (connection != null) {
			connection.announce(announcement, again);
		}
	}

	@Override
	public void missed() {
		this.missed.set(true);
	}

	@Override
	public boolean takeMissed() {
		return this.missed.getAndSet(false);
	}

	@Override
	public boolean isFirstLook(Object members) {
		return this.lastLook.getAndSet(members) != members;
	}

	@Override
	public void catchUp() {
		ListeningConnection connection = this.current;
		if (connection != null) {
			connection.catchUp();
		}
	}

	@Override
	public void close() {
		List<ListeningConnection> open;
		synchronized (this) {
			open = new ArrayList<>(this.idle);
			this.idle.clear();
		}
		open.forEach(ListeningConnection::close);
		closeCurrent();
	}

	/**
	 * Close the connection by which the client listens, and not those that were left
	 * open.
	 */
	void closeCurrent() {
		ListeningConnection connection = this.current;
		if (connection != null) {
			connection.close();
		}
	}

	@Override
	public boolean retire(@Nullable String id) {
		ListeningConnection connection;
		ListeningConnection surplus;
		synchronized (this) {
			connection = current(id);
			if (connection == null) {
				return false;
			}
			this.current = null;
			surplus = leaveOpen(connection);
		}
		connection.becomeIdle();
		if (surplus != null) {
			surplus.close();
		}
		return true;
	}

}
