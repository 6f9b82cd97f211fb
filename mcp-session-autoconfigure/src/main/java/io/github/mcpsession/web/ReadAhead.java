package io.github.mcpsession.web;

import java.io.IOException;

import jakarta.servlet.http.HttpServletRequest;

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

	static ReadAhead none() {
		return new ReadAhead(new byte[0]);
	}

	static ReadAhead of(HttpServletRequest request) throws IOException {
		return "POST".equals(request.getMethod()) ? new ReadAhead(request.getInputStream().readNBytes(MAX_LENGTH))
				: none();
	}

	JsonRpcEnvelope envelope() {
		return JsonRpcEnvelope.of(this.bytes);
	}

}
