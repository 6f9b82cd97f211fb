package io.github.mcpsession.web;

import java.util.Collections;
import java.util.Enumeration;
import java.util.List;

import io.github.mcpsession.server.StreamRequest;
import io.github.mcpsession.stream.SseConnection;
import io.modelcontextprotocol.spec.HttpHeaders;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.web.util.ContentCachingRequestWrapper;

/**
 * A request of a session, as the transport is to see it, and what streams need of it. The
 * transport does not see {@code Last-Event-ID}: it would take that on itself, and do
 * nothing. So it opens a listening stream, and the session makes of that what it is.
 */
final class ServletStreamRequest extends ContentCachingRequestWrapper implements StreamRequest {

	private final SseResponse connection;

	ServletStreamRequest(HttpServletRequest request, HttpServletResponse response, String protocolVersion) {
		super(request, ReadAhead.MAX_LENGTH);
		this.connection = new SseResponse(response, protocolVersion);
	}

	/**
	 * The response is about to be given back to the container.
	 */
	void closeAndWait() {
		this.connection.closeAndWait();
	}

	@Override
	public SseConnection connection() {
		return this.connection;
	}

	@Override
	public @Nullable String lastEventId() {
		List<String> values = Collections.list(super.getHeaders(HttpHeaders.LAST_EVENT_ID));
		return values.isEmpty() ? null : String.join(",", values);
	}

	@Override
	public byte[] body() {
		return getContentAsByteArray();
	}

	@Override
	public @Nullable String getHeader(String name) {
		return HttpHeaders.LAST_EVENT_ID.equalsIgnoreCase(name) ? null : super.getHeader(name);
	}

	@Override
	public Enumeration<String> getHeaders(String name) {
		return HttpHeaders.LAST_EVENT_ID.equalsIgnoreCase(name) ? Collections.emptyEnumeration()
				: super.getHeaders(name);
	}

	@Override
	public Enumeration<String> getHeaderNames() {
		return Collections.enumeration(Collections.list(super.getHeaderNames())
			.stream()
			.filter((name) -> !HttpHeaders.LAST_EVENT_ID.equalsIgnoreCase(name))
			.toList());
	}

}
