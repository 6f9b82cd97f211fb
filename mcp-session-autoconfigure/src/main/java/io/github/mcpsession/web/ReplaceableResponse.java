package io.github.mcpsession.web;

import java.io.ByteArrayOutputStream;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.util.function.Supplier;

import io.github.mcpsession.server.RequestScope;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import org.jspecify.annotations.Nullable;

import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/**
 * Discards what the transport answers from the moment on that a request is rejected: the
 * filter then answers in its place. Keeps the body of any other error back until the
 * transport has finished, since transports answer exceptions with their stack traces.
 * Everything else passes as it is.
 */
final class ReplaceableResponse extends HttpServletResponseWrapper {

	private final RequestScope scope;

	private boolean keepsErrors;

	private @Nullable PrintWriter writer;

	private @Nullable ByteArrayOutputStream error;

	/**
	 * Create a response.
	 * @param response the response as it is
	 * @param scope says whether the request is rejected
	 * @param keepsErrors whether to keep the body of an error back
	 */
	ReplaceableResponse(HttpServletResponse response, RequestScope scope, boolean keepsErrors) {
		super(response);
		this.scope = scope;
		this.keepsErrors = keepsErrors;
	}

	private boolean isRejected() {
		return this.scope.rejection() != null;
	}

	@Override
	public void setStatus(int status) {
		if (!isRejected()) {
			super.setStatus(status);
			if (this.keepsErrors && status >= SC_BAD_REQUEST && this.writer == null && !isCommitted()) {
				this.error = new ByteArrayOutputStream();
			}
		}
	}

	/**
	 * Whoever goes on to write does so on threads of its own: keep nothing back.
	 */
	void release() throws IOException {
		ByteArrayOutputStream kept = this.error;
		this.keepsErrors = false;
		this.error = null;
		if (kept != null && kept.size() > 0) {
			super.getOutputStream().write(kept.toByteArray());
		}
	}

	/**
	 * Send the body of an error, if there is one. To be called when the transport has
	 * finished and nothing was rejected.
	 * @param id supplies the JSON text of the id of the request, {@code null} if there is
	 * none
	 */
	void sendError(Supplier<@Nullable String> id) throws IOException {
		ByteArrayOutputStream kept = this.error;
		if (kept == null || isCommitted()) {
			return;
		}
		if (this.writer != null) {
			this.writer.flush();
		}
		byte[] body = kept.toByteArray();
		byte[] replacement = TransportError.of(getStatus(), body, id);
		if (replacement != null) {
			super.setHeader(HttpHeaders.CACHE_CONTROL, CacheControl.noStore().getHeaderValue());
			super.setContentType(MediaType.APPLICATION_JSON_VALUE);
			super.setContentLength(replacement.length);
			body = replacement;
		}
		if (body.length > 0) {
			super.getOutputStream().write(body);
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
		if (isRejected()) {
			return;
		}
		if (this.writer != null) {
			this.writer.flush();
		}
		if (this.error == null) {
			super.flushBuffer();
		}
	}

	@Override
	public ServletOutputStream getOutputStream() throws IOException {
		return isRejected() ? new KeepingOutputStream(OutputStream.nullOutputStream()) : outputStream();
	}

	private ServletOutputStream outputStream() throws IOException {
		return (this.error != null) ? new KeepingOutputStream(this.error) : super.getOutputStream();
	}

	@Override
	public PrintWriter getWriter() throws IOException {
		if (isRejected()) {
			return new PrintWriter(OutputStream.nullOutputStream());
		}
		if (this.writer == null) {
			if (this.error == null && !this.scope.hasSession()) {
				this.writer = new PrintWriter(new UnlessRejected(super.getWriter()));
				return this.writer;
			}
			// of the stream, since an SSE response may be written by either
			this.writer = new PrintWriter(new OutputStreamWriter(outputStream(), getCharacterEncoding()));
		}
		return this.writer;
	}

	/**
	 * Of those who had it before the request was rejected.
	 */
	private final class UnlessRejected extends FilterWriter {

		UnlessRejected(PrintWriter writer) {
			super(writer);
		}

		@Override
		public void write(int character) throws IOException {
			if (!isRejected()) {
				super.write(character);
			}
		}

		@Override
		public void write(char[] characters, int offset, int length) throws IOException {
			if (!isRejected()) {
				super.write(characters, offset, length);
			}
		}

		@Override
		public void write(String text, int offset, int length) throws IOException {
			if (!isRejected()) {
				super.write(text, offset, length);
			}
		}

		@Override
		public void flush() throws IOException {
			if (!isRejected()) {
				super.flush();
			}
		}

	}

	private static final class KeepingOutputStream extends ServletOutputStream {

		private final OutputStream target;

		KeepingOutputStream(OutputStream target) {
			this.target = target;
		}

		@Override
		public void write(int value) throws IOException {
			this.target.write(value);
		}

		@Override
		public void write(byte[] bytes, int offset, int length) throws IOException {
			this.target.write(bytes, offset, length);
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
