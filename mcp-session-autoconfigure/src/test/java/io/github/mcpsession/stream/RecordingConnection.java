package io.github.mcpsession.stream;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A connection that keeps what is written, but for heartbeats.
 */
final class RecordingConnection implements SseConnection {

	final List<String> written = new ArrayList<>();

	boolean closed;

	/**
	 * Whether the client has left, which shows when it is sent something.
	 */
	boolean dead;

	@Override
	public boolean open() {
		return true;
	}

	@Override
	public boolean prime(String id) {
		return this.written.add(id);
	}

	@Override
	public boolean send(String id, String message) {
		return !this.dead && this.written.add(id + " " + message);
	}

	@Override
	public boolean sendOnly(String message) {
		return send(null, message);
	}

	@Override
	public boolean heartbeat() {
		return true;
	}

	@Override
	public boolean retry(Duration retry) {
		return true;
	}

	@Override
	public void noContent() {
		this.written.add("204");
	}

	@Override
	public void close() {
		this.closed = true;
	}

}
