package io.github.mcpsession.web;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;

import io.github.mcpsession.server.RequestScope;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.jspecify.annotations.Nullable;

/**
 * Discards what the transport answers from the moment on that a request is rejected. The
 * transports answer every exception with status 500 and its stack trace; the filter then
 * answers in their place. As long as nothing is rejected everything passes as it is.
 */
final class ReplaceableResponse extends HttpServletResponseWrapper {

	private final RequestScope scope;

	private @Nullable PrintWriter writer;

	ReplaceableResponse(HttpServletResponse response, RequestScope scope) {
		super(response);
		this.scope = scope;
	}

	private boolean isRejected() {
		return this.scope.rejection() != null;
	}

	@Override
	public void setStatus(int status) {
		if (!isRejected()) {
			super.setStatus(status);
		}
	}

	@Override
	public void sendError(int status) throws IOException {
		if (!isRejected()) {
			super.sendError(status);
		}
	}

	@Override
	public void sendError(int status, String message) throws IOException {
		if (!isRejected()) {
			super.sendError(status, message);
		}
	}

	@Override
	public void setHeader(String name, String value) {
		if (!isRejected()) {
			super.setHeader(name, value);
		}
	}

	@Override
	public void addHeader(String name, String value) {
		if (!isRejected()) {
			super.addHeader(name, value);
		}
	}

	@Override
	public void setContentType(String type) {
		if (!isRejected()) {
			super.setContentType(type);
		}
	}

	@Override
	public void setContentLength(int length) {
		if (!isRejected()) {
			super.setContentLength(length);
		}
	}

	@Override
	public void setContentLengthLong(long length) {
		if (!isRejected()) {
			super.setContentLengthLong(length);
		}
	}

	@Override
	public void setCharacterEncoding(String encoding) {
		if (!isRejected()) {
			super.setCharacterEncoding(encoding);
		}
	}

	@Override
	public void flushBuffer() throws IOException {
		if (!isRejected()) {
			if (this.writer != null) {
				this.writer.flush();
			}
			super.flushBuffer();
		}
	}

	@Override
	public ServletOutputStream getOutputStream() throws IOException {
		return isRejected() ? new DiscardingOutputStream() : super.getOutputStream();
	}

	@Override
	public PrintWriter getWriter() throws IOException {
		if (isRejected()) {
			return new PrintWriter(OutputStream.nullOutputStream());
		}
		if (this.writer == null) {
			// of the stream, since an SSE response may be written by either
			this.writer = new PrintWriter(new OutputStreamWriter(super.getOutputStream(), getCharacterEncoding()));
		}
		return this.writer;
	}

	private static final class DiscardingOutputStream extends ServletOutputStream {

		@Override
		public void write(int value) {
			// discarded
		}

		@Override
		public boolean isReady() {
			return true;
		}

		@Override
		public void setWriteListener(WriteListener listener) {
			throw new IllegalStateException("The response is not written asynchronously");
		}

	}

}
