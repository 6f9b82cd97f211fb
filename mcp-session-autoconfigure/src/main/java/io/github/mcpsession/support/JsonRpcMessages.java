package io.github.mcpsession.support;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCMessage;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCNotification;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCRequest;
import io.modelcontextprotocol.spec.McpSchema.JSONRPCResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * JSON-RPC messages as they travel between nodes.
 */
public final class JsonRpcMessages {

	private static final JsonMapper mapper = JsonMapper.builder()
		.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
		.changeDefaultPropertyInclusion((inclusion) -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
		.build();

	private JsonRpcMessages() {
	}

	public static String write(JSONRPCMessage message) {
		return mapper.writeValueAsString(message);
	}

	public static JSONRPCMessage read(String json) {
		JsonNode tree = mapper.readTree(json);
		if (!tree.has("method")) {
			return mapper.treeToValue(tree, JSONRPCResponse.class);
		}
		return tree.has("id") ? mapper.treeToValue(tree, JSONRPCRequest.class)
				: mapper.treeToValue(tree, JSONRPCNotification.class);
	}

	/**
	 * The answer to a request that failed.
	 * @param id the JSON text of the id of the request; {@code null} if it is not known
	 * @param code the error code
	 * @param message the error message
	 * @return the JSON of the message
	 */
	public static String error(@Nullable String id, int code, String message) {
		return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"error\":{\"code\":" + code + ",\"message\":" + key(message)
				+ "}}";
	}

	/**
	 * A notification.
	 * @param method the method
	 * @param params the JSON text of the parameters
	 * @return the JSON of the message
	 */
	public static String notification(String method, String params) {
		return "{\"jsonrpc\":\"2.0\",\"method\":" + key(method) + ",\"params\":" + params + "}";
	}

	/**
	 * How many bytes of JSON a value is.
	 */
	public static long size(Object value) {
		return mapper.writeValueAsBytes(value).length;
	}

	/**
	 * The JSON text of a value, by which request ids and progress tokens are compared: 1
	 * and "1" are two.
	 */
	public static String key(Object value) {
		return mapper.writeValueAsString(value);
	}

	/**
	 * The id of a request.
	 * @param json the request, in UTF-8
	 * @return a string or a number, {@code null} if there is none
	 */
	public static @Nullable Object idOf(byte[] json) {
		try (JsonParser parser = mapper.createParser(json)) {
			if (parser.nextToken() != JsonToken.START_OBJECT) {
				return null;
			}
			while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
				String name = parser.currentName();
				JsonToken value = parser.nextToken();
				if (name.equals("id")) {
					return switch (value) {
						case VALUE_STRING -> parser.getString();
						case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
						default -> null;
					};
				}
				parser.skipChildren();
			}
			return null;
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	public static JsonMapper mapper() {
		return mapper;
	}

}
