package io.github.mcpsession.server;

import io.github.mcpsession.stream.SseConnection;
import org.jspecify.annotations.Nullable;

/**
 * What streams need of an HTTP request.
 */
public interface StreamRequest {

	/**
	 * The response, as an SSE stream. Nothing is written to it unless it is used.
	 * @return the connection
	 */
	SseConnection connection();

	/**
	 * The event from which the client wants to resume.
	 * @return the header {@code Last-Event-ID} as it was sent, {@code null} if it was not
	 */
	@Nullable String lastEventId();

	/**
	 * The body as far as the transport has read it.
	 * @return the bytes
	 */
	byte[] body();

}
