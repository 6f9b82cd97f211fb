package io.github.mcpsession.web;

import java.io.ByteArrayInputStream;
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

	SessionlessRequest(HttpServletRequest request) {
		super(request, ServletStreamRequest.MAX_BODY);
	}

	/**
	 * A request whose body was read.
	 */
	SessionlessRequest(HttpServletRequest request, byte[] body) {
		this(new HttpServletRequestWrapper(request) {

			@Override
			public ServletInputStream getInputStream() {
				return new ReplayedBody(body);
			}

		});
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

	private static final class ReplayedBody extends ServletInputStream {

		private final ByteArrayInputStream body;

		ReplayedBody(byte[] body) {
			this.body = new ByteArrayInputStream(body);
		}

		@Override
		public int read() {
			return this.body.read();
		}

		@Override
		public int read(byte[] bytes, int offset, int length) {
			return this.body.read(bytes, offset, length);
		}

		@Override
		public boolean isFinished() {
			return this.body.available() == 0;
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
