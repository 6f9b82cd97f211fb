package io.github.mcpsession.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

import io.github.mcpsession.stream.SseConnection;
import jakarta.servlet.http.HttpServletRequest;
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

	private static final String COMMENT = ":\n\n";

	private final ReentrantLock lock = new ReentrantLock();

	private final HttpServletResponse response;

	private final boolean understandsRetry;

	private boolean opened;

	private volatile boolean closed;

	SseResponse(HttpServletRequest request, HttpServletResponse response) {
		this.response = response;
		this.understandsRetry = !isJavaSdk(request);
	}

	/**
	 * The Java SDK's client up to 2.0 fails on a line that begins with "retry:" (java-sdk
	 * #1047), and pays no heed to it from 2.1 on. It can be told by these two headers
	 * only.
	 */
	private static boolean isJavaSdk(HttpServletRequest request) {
		String agent = request.getHeader(HttpHeaders.USER_AGENT);
		return agent != null && agent.startsWith("Java-http-client/")
				&& "no-cache".equals(request.getHeader(HttpHeaders.CACHE_CONTROL));
	}

	@Override
	public boolean prime(String id, Duration retry) {
		return write("id: " + id + "\n" + retryField(retry) + "data:\n\n");
	}

	@Override
	public boolean send(@Nullable String id, String message) {
		String data = message.lines().collect(Collectors.joining("\ndata: "));
		return write(((id != null) ? "id: " + id + "\n" : "") + "event: message\ndata: " + data + "\n\n");
	}

	@Override
	public boolean retry(Duration retry) {
		String field = retryField(retry);
		return field.isEmpty() || writeUnlessBusy(field + "\n");
	}

	private String retryField(Duration retry) {
		return (this.understandsRetry && !retry.isZero()) ? "retry: " + retry.toMillis() + "\n" : "";
	}

	@Override
	public boolean comment() {
		return writeUnlessBusy(COMMENT);
	}

	private boolean writeUnlessBusy(String text) {
		if (!this.lock.tryLock()) {
			return true;
		}
		try {
			return write(text);
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean write(String text) {
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
			this.response.flushBuffer();
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
