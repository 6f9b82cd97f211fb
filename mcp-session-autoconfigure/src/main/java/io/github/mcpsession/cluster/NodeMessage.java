package io.github.mcpsession.cluster;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.github.mcpsession.SessionIds;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A message from node to node. Written as JSON with a version; nodes of different
 * releases ignore properties and kinds that they do not know.
 *
 * @param v the version of the format
 * @param id tells this message from all others, also when it is delivered twice
 * @param kind what the receiver is to do
 * @param from the node that sent it
 * @param namespace the application that it is for
 * @param session the id of the session that it is about, if it is about one
 * @param principal the principal of that session
 * @param stream the stream that it is about, if it is about one
 * @param body what else the receiver needs, as the kind says
 * @since 0.1.0
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record NodeMessage(int v, String id, String kind, String from, String namespace, @Nullable String session,
		@Nullable String principal, @Nullable String stream, @Nullable String body) {

	static final int VERSION = 1;

	private static final JsonMapper mapper = JsonMapper.builder()
		.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
		.build();

	String write() {
		return mapper.writeValueAsString(this);
	}

	static @Nullable NodeMessage read(String text) {
		try {
			NodeMessage message = mapper.readValue(text, NodeMessage.class);
			return (message != null && message.id != null && message.kind != null && message.from != null) ? message
					: null;
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
		return "ClusterMessage[%s from %s about %s]".formatted(this.kind, this.from,
				(this.session != null) ? SessionIds.mask(this.session) : "no session");
	}

}
