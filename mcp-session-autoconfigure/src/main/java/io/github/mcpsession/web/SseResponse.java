package io.github.mcpsession.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.github.mcpsession.stream.SseConnection;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * An SSE stream on a servlet response. The lock is held while an event is written, so
 * that each is one piece. Closing does not wait for it, but the container does, before it
 * uses the response again for others.
 */
final class SseResponse implements SseConnection {

	/**
	 * No blank line after it: some clients count lines, and never forget one that ends
	 * nothing.
	 */
	private static final String COMMENT = ":\n";

	private static final String BLANK_LINE = "\n";

	private static final String FIRST_WITH_COMMENTS = "2025-06-18";

	/**
	 * How many heartbeats in a row may be blank lines.
	 */
	private static final int BLANK_LINES = 20;

	private final ReentrantLock lock = new ReentrantLock();

	private final HttpServletResponse response;

	private final boolean understandsComments;

	private boolean opened;

	private int heartbeats;

	private volatile boolean closed;

	/**
	 * Create a stream. The Java SDK's client 0.11, which negotiates 2025-03-26, fails on
	 * a comment (java-sdk #443).
	 */
	SseResponse(HttpServletResponse response, String protocolVersion) {
		this.response = response;
		this.understandsComments = protocolVersion.compareTo(FIRST_WITH_COMMENTS) >= 0;
	}

	@Override
	public boolean open() {
		return write("");
	}

	@Override
	public boolean prime(String id) {
		return write("id: " + id + "\ndata:\n\n");
	}

	@Override
	public boolean send(@Nullable String id, String message) {
		return write(((id != null) ? "id: " + id + "\n" : "") + event(message));
	}

	@Override
	public boolean sendOnly(String message) {
		return write(event(message), false);
	}

	private static String event(String message) {
		boolean oneLine = message.indexOf('\n') < 0 && message.indexOf('\r') < 0;
		String data = oneLine ? message : message.lines().collect(Collectors.joining("\ndata: "));
		return "event: message\ndata: " + data + "\n\n";
	}

	@Override
	public boolean retry(Duration retry) {
		return retry.isZero() || writeUnlessBusy(() -> "retry: " + retry.toMillis() + "\n\n");
	}

	@Override
	public boolean heartbeat() {
		return writeUnlessBusy(() -> this.understandsComments ? COMMENT : blankLine());
	}

	/**
	 * A client of 2025-03-26 may be a Java SDK that takes so many lines only (256, less
	 * those of messages). So after some time they become rare: their distance doubles.
	 */
	private String blankLine() {
		this.heartbeats++;
		return (this.heartbeats <= BLANK_LINES || Integer.bitCount(this.heartbeats) == 1) ? BLANK_LINE : "";
	}

	private boolean writeUnlessBusy(Supplier<String> text) {
		if (!this.lock.tryLock()) {
			return true;
		}
		try {
			return write(text.get());
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean write(String text) {
		return write(text, true);
	}

	private boolean write(String text, boolean flush) {
		this.lock.lock();
		try {
			if (this.closed) {
				return false;
			}
			if (!this.opened) {
				this.opened = true;
				this.response.setContentType(MediaType.TEXT_EVENT_STREAM_VALUE);
				this.response.setHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
				// nginx would hold events back
				this.response.setHeader("X-Accel-Buffering", "no");
			}
			this.response.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
			if (flush) {
				this.response.flushBuffer();
			}
			return true;
		}
		catch (IOException | RuntimeException ex) {
			this.closed = true;
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void noContent() {
		this.lock.lock();
		try {
			if (!this.opened && !this.closed && !this.response.isCommitted()) {
				this.opened = true;
				this.response.setStatus(HttpServletResponse.SC_NO_CONTENT);
				this.response.setContentType(null);
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void close() {
		this.closed = true;
	}

	/**
	 * Close, and wait for who is writing: the container is about to use the response
	 * again.
	 */
	void closeAndWait() {
		this.closed = true;
		this.lock.lock();
		this.lock.unlock();
	}

}
