package io.github.mcpsession.web;

import java.io.ByteArrayInputStream;
import java.io.IOException;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of the body of a request, read before the transport reads all of it.
 *
 * @param bytes what was read
 */
record ReadAhead(byte[] bytes) {

	/**
	 * How much of a body is kept, in bytes; of a larger one the id of the request may not
	 * be found. The length that a client claims must not make this node keep room.
	 */
	static final int MAX_LENGTH = 1024 * 1024;

	static ReadAhead of(HttpServletRequest request) throws IOException {
		return new ReadAhead(
				"POST".equals(request.getMethod()) ? request.getInputStream().readNBytes(MAX_LENGTH) : new byte[0]);
	}

	boolean isInitialize() {
		return "initialize".equals(JsonRpcEnvelope.methodOf(this.bytes));
	}

	/**
	 * Whether it is what a client of revision 2026-07-28 or later sends first.
	 */
	boolean isDiscover() {
		return "server/discover".equals(JsonRpcEnvelope.methodOf(this.bytes));
	}

	/**
	 * The JSON text of the id of the request, {@code null} if there is none.
	 */
	@Nullable String id() {
		return JsonRpcEnvelope.idOf(this.bytes);
	}

	/**
	 * The request, to be read from the beginning.
	 */
	HttpServletRequest followedBy(HttpServletRequest request) {
		return (this.bytes.length == 0) ? request : new HttpServletRequestWrapper(request) {

			@Override
			public ServletInputStream getInputStream() throws IOException {
				return new WholeBody(ReadAhead.this.bytes, request.getInputStream());
			}

		};
	}

	private static final class WholeBody extends ServletInputStream {

		private final ByteArrayInputStream begin;

		private final ServletInputStream rest;

		WholeBody(byte[] begin, ServletInputStream rest) {
			this.begin = new ByteArrayInputStream(begin);
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
