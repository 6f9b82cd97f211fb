package io.github.mcpsession.web;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.Enumeration;

import io.modelcontextprotocol.spec.HttpHeaders;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.jspecify.annotations.Nullable;

import org.springframework.web.util.ContentCachingRequestWrapper;

/**
 * A request without a session, as the transport is to see it. If it came with
 * {@code Mcp-Session-Id} nevertheless, the transport does not see that: some refuse an
 * {@code initialize} that has it.
 */
final class SessionlessRequest extends ContentCachingRequestWrapper {

	/**
	 * Create a request.
	 * @param request the request as it came
	 * @param body what was read of its body
	 */
	SessionlessRequest(HttpServletRequest request, ReadAhead body) {
		super(new HttpServletRequestWrapper(request) {

			@Override
			public ServletInputStream getInputStream() throws IOException {
				return new WholeBody(body, request.getInputStream());
			}

		}, ReadAhead.MAX_LENGTH);
	}

	private static boolean isHidden(String name) {
		return HttpHeaders.MCP_SESSION_ID.equalsIgnoreCase(name);
	}

	@Override
	public @Nullable String getHeader(String name) {
		return isHidden(name) ? null : super.getHeader(name);
	}

	@Override
	public Enumeration<String> getHeaders(String name) {
		return isHidden(name) ? Collections.emptyEnumeration() : super.getHeaders(name);
	}

	@Override
	public Enumeration<String> getHeaderNames() {
		return Collections
			.enumeration(Collections.list(super.getHeaderNames()).stream().filter((name) -> !isHidden(name)).toList());
	}

	private static final class WholeBody extends ServletInputStream {

		private final ByteArrayInputStream begin;

		private final ServletInputStream rest;

		WholeBody(ReadAhead begin, ServletInputStream rest) {
			this.begin = new ByteArrayInputStream(begin.bytes());
			this.rest = rest;
		}

		@Override
		public int read() throws IOException {
			int next = this.begin.read();
			return (next >= 0) ? next : this.rest.read();
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			int count = this.begin.read(bytes, offset, length);
			return (count >= 0) ? count : this.rest.read(bytes, offset, length);
		}

		@Override
		public boolean isFinished() {
			return this.begin.available() == 0 && this.rest.isFinished();
		}

		@Override
		public boolean isReady() {
			return true;
		}

		@Override
		public void setReadListener(ReadListener listener) {
			throw new IllegalStateException("The request is not read asynchronously");
		}

	}

}
