package io.github.mcpsession.web;

import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

import io.github.mcpsession.support.JsonRpcMessages;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Turns an exception that a transport has written as JSON, with stack trace and all, into
 * the JSON-RPC error that it should have been.
 */
final class TransportError {

	private static final String SIGN = "\"stackTrace\"";

	private static final int INVALID_REQUEST = -32600;

	private static final int INTERNAL_ERROR = -32603;

	private TransportError() {
	}

	/**
	 * Make a JSON-RPC error of an exception.
	 * @param status the HTTP status, 400 or more
	 * @param body what the transport has answered
	 * @param id supplies the JSON text of the id of the request, {@code null} if there is
	 * none
	 * @return the body to send in its place, or {@code null} if it is no exception
	 */
	static byte @Nullable [] of(int status, byte[] body, Supplier<@Nullable String> id) {
		if (!new String(body, StandardCharsets.UTF_8).contains(SIGN)) {
			return null;
		}
		JsonNode error = jsonRpcError(body);
		boolean internal = status >= 500;
		String answer = JsonRpcMessages.error(id.get(),
				internal ? INTERNAL_ERROR : error.path("code").asInt(INVALID_REQUEST),
				internal ? "Internal error" : withoutDetails(error.path("message").asString("")));
		return answer.getBytes(StandardCharsets.UTF_8);
	}

	private static JsonNode jsonRpcError(byte[] body) {
		try {
			return JsonRpcMessages.mapper().readTree(body).path("jsonRpcError");
		}
		catch (JacksonException ex) {
			return JsonRpcMessages.mapper().createObjectNode();
		}
	}

	/**
	 * After a colon comes the message of some exception, which tells of classes and
	 * quotes the request, or a session id.
	 */
	private static String withoutDetails(String message) {
		String first = message.split(":", 2)[0];
		return first.isBlank() ? "Invalid request" : first;
	}

}
