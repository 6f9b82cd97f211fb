package io.github.mcpsession.web;

import io.github.mcpsession.support.JsonRpcMessages;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * What a JSON-RPC message is, without what is in it. Of a message of which the end is
 * missing, as much as can be found out.
 */
final class JsonRpcEnvelope {

	private JsonRpcEnvelope() {
	}

	/**
	 * The id of a request, for the answer to it.
	 * @param json the message, or as much of it as was kept
	 * @return the JSON text of the id; {@code null} if there is none, or if the message
	 * is a response
	 */
	static @Nullable String idOf(byte[] json) {
		String id = null;
		try (JsonParser parser = JsonRpcMessages.mapper().createParser(json)) {
			if (parser.nextToken() == JsonToken.START_OBJECT) {
				while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
					String name = parser.currentName();
					JsonToken value = parser.nextToken();
					switch (name) {
						case "result", "error" -> {
							return null;
						}
						case "id" -> id = id(parser, value);
						default -> {
						}
					}
					parser.skipChildren();
				}
			}
		}
		catch (JacksonException ex) {
			// not JSON, or not all of it
		}
		return id;
	}

	/**
	 * The method alone, without reading on.
	 * @param json the message, or as much of it as was kept
	 * @return the method, {@code null} if none was found
	 */
	static @Nullable String methodOf(byte[] json) {
		try (JsonParser parser = JsonRpcMessages.mapper().createParser(json)) {
			if (parser.nextToken() == JsonToken.START_OBJECT) {
				while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
					boolean found = "method".equals(parser.currentName());
					JsonToken value = parser.nextToken();
					if (found) {
						return (value == JsonToken.VALUE_STRING) ? parser.getString() : null;
					}
					parser.skipChildren();
				}
			}
		}
		catch (JacksonException ex) {
			// not JSON, or not all of it
		}
		return null;
	}

	private static @Nullable String id(JsonParser parser, JsonToken value) {
		return switch (value) {
			case VALUE_STRING -> JsonRpcMessages.key(parser.getString());
			case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getString();
			default -> null;
		};
	}

}
