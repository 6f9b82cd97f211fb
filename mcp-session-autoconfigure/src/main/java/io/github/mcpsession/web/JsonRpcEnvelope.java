package io.github.mcpsession.web;

import io.github.mcpsession.support.JsonRpcMessages;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * What a JSON-RPC message is, without what is in it.
 *
 * @param method the method; {@code null} if it is a response, or no JSON-RPC at all
 * @param id the JSON text of the id of a request, for the answer to it; {@code null} if
 * there is none, or if the message is a response
 */
record JsonRpcEnvelope(@Nullable String method, @Nullable String id) {

	private static final String INITIALIZE = "initialize";

	private static final String DISCOVER = "server/discover";

	/**
	 * Read a message.
	 * @param json the message, or as much of it as was kept
	 * @return what could be found out
	 */
	static JsonRpcEnvelope of(byte[] json) {
		String method = null;
		String id = null;
		try (JsonParser parser = JsonRpcMessages.mapper().createParser(json)) {
			if (parser.nextToken() != JsonToken.START_OBJECT) {
				return new JsonRpcEnvelope(null, null);
			}
			while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
				String name = parser.currentName();
				JsonToken value = parser.nextToken();
				switch (name) {
					case "result", "error" -> {
						return new JsonRpcEnvelope(null, null);
					}
					case "method" -> method = (value == JsonToken.VALUE_STRING) ? parser.getString() : null;
					case "id" -> id = id(parser, value);
					default -> {
					}
				}
				parser.skipChildren();
			}
		}
		catch (JacksonException ex) {
			// not JSON, or not all of it
		}
		return new JsonRpcEnvelope(method, id);
	}

	private static @Nullable String id(JsonParser parser, JsonToken value) {
		return switch (value) {
			case VALUE_STRING -> JsonRpcMessages.key(parser.getString());
			case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getString();
			default -> null;
		};
	}

	boolean isInitialize() {
		return INITIALIZE.equals(this.method);
	}

	/**
	 * Whether it is what a client of revision 2026-07-28 or later sends first.
	 */
	boolean isDiscover() {
		return DISCOVER.equals(this.method);
	}

}
