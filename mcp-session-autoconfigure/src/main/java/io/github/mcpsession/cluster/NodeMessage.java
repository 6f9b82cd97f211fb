package io.github.mcpsession.cluster;

import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A message from node to node. Written as JSON with a version; nodes of different
 * releases ignore properties and types that they do not know. Made by one of the
 * factories; the sending {@link Node} adds what it is {@linkplain #sentBy sent by}.
 *
 * @param v the version of the format
 * @param id distinguishes this message from all others, also when it is delivered twice
 * @param type what the receiver is to do
 * @param from the node that sent it
 * @param namespace the application that it is for
 * @param scope the managed server that it is for: its mark, empty for the default one
 * @param sessionId the id of the session that it is about, if it is about one
 * @param principal the principal of that session
 * @param stream the stream that it is about, if it is about one
 * @param body what else the receiver needs, depending on the type
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeMessage(int v, String id, MessageType type, String from, String namespace, String scope,
		@Nullable String sessionId, @Nullable String principal, @Nullable String stream, @Nullable String body) {

	private static final int VERSION = 1;

	private static final JsonMapper mapper = JsonMapper.builder()
		.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
		.enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
		.build();

	private NodeMessage(MessageType type, String scope, @Nullable String sessionId, @Nullable String principal,
			@Nullable String stream, @Nullable String body) {
		this(VERSION, "", type, "", "", scope, sessionId, principal, stream, body);
	}

	private NodeMessage(MessageType type, String scope, SessionRecord record, @Nullable String stream,
			@Nullable String body) {
		this(type, scope, record.id(), record.principal(), stream, body);
	}

	/**
	 * The body.
	 * @return the body, empty if there is none
	 */
	public String text() {
		return Objects.requireNonNullElse(this.body, "");
	}

	/**
	 * A reply of the client.
	 * @see MessageType#REPLY
	 */
	public static NodeMessage reply(String scope, SessionRecord record, String json) {
		return new NodeMessage(MessageType.REPLY, scope, record, null, json);
	}

	/**
	 * A notification of the client.
	 * @see MessageType#CLIENT_NOTIFICATION
	 */
	public static NodeMessage clientNotification(String scope, SessionRecord record, String json) {
		return new NodeMessage(MessageType.CLIENT_NOTIFICATION, scope, record, null, json);
	}

	/**
	 * A message for a listening client.
	 * @param again whether it was sent to a node that the client has left
	 * @see MessageType#DELIVER
	 * @see MessageType#REDELIVER
	 */
	public static NodeMessage deliver(String scope, SessionRecord record, String stream, String json, boolean again) {
		return new NodeMessage(again ? MessageType.REDELIVER : MessageType.DELIVER, scope, record, stream, json);
	}

	/**
	 * The log has something for a listening client.
	 * @see MessageType#CATCH_UP
	 */
	public static NodeMessage catchUp(String scope, SessionRecord record, String stream) {
		return new NodeMessage(MessageType.CATCH_UP, scope, record, stream, null);
	}

	/**
	 * The client listens elsewhere.
	 * @see MessageType#STOP_LISTENING
	 */
	public static NodeMessage stopListening(String scope, SessionRecord record, String stream) {
		return new NodeMessage(MessageType.STOP_LISTENING, scope, record, stream, null);
	}

	/**
	 * A notification for all clients.
	 * @see MessageType#ANNOUNCEMENT
	 */
	public static NodeMessage announcement(String scope, String json) {
		return new NodeMessage(MessageType.ANNOUNCEMENT, scope, null, null, null, json);
	}

	/**
	 * Some session is subscribed to resources.
	 * @see MessageType#SUBSCRIBED
	 */
	public static NodeMessage subscribed(String scope, String uris) {
		return new NodeMessage(MessageType.SUBSCRIBED, scope, null, null, null, uris);
	}

	/**
	 * A session has changed.
	 * @see MessageType#CHANGED
	 */
	public static NodeMessage changed(String scope, SessionRecord record, String uris) {
		return new NodeMessage(MessageType.CHANGED, scope, record, null, uris);
	}

	/**
	 * A session has ended.
	 * @see MessageType#ENDED
	 */
	public static NodeMessage ended(String scope, String sessionId) {
		return new NodeMessage(MessageType.ENDED, scope, sessionId, null, null, null);
	}

	/**
	 * A node has joined.
	 * @see MessageType#HELLO
	 */
	public static NodeMessage hello(String scope) {
		return new NodeMessage(MessageType.HELLO, scope, null, null, null, null);
	}

	/**
	 * A resumed stream goes on.
	 * @see MessageType#APPENDED
	 */
	public static NodeMessage appended(String scope, String sessionId, String reader) {
		return new NodeMessage(MessageType.APPENDED, scope, sessionId, null, reader, null);
	}

	/**
	 * A client has resumed a stream elsewhere.
	 * @see MessageType#STOP_READING
	 */
	public static NodeMessage stopReading(String scope, String sessionId, String reader) {
		return new NodeMessage(MessageType.STOP_READING, scope, sessionId, null, reader, null);
	}

	NodeMessage sentBy(String node, String id, String namespace) {
		return new NodeMessage(this.v, id, this.type, node, namespace, this.scope, this.sessionId, this.principal,
				this.stream, this.body);
	}

	/**
	 * What to handle this message in order with.
	 */
	String key() {
		return (this.sessionId != null) ? this.sessionId : this.type + this.scope;
	}

	String write() {
		return mapper.writeValueAsString(this);
	}

	/**
	 * Read a message.
	 * @return the message, {@code null} if this release cannot read it
	 */
	static @Nullable NodeMessage read(String text) {
		try {
			NodeMessage message = mapper.readValue(text, NodeMessage.class);
			return (message != null && message.id != null && message.type != null && message.from != null
					&& message.scope != null) ? message : null;
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	/**
	 * Shows neither the session id nor the principal nor the body.
	 */
	@Override
	public String toString() {
		return "NodeMessage[%s from %s about %s]".formatted(this.type, this.from,
				(this.sessionId != null) ? SessionIds.mask(this.sessionId) : "no session");
	}

}
