package io.github.mcpsession;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.modelcontextprotocol.spec.McpSchema.InitializeRequest;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes session records as JSON and reads them back, for use by stores. Thread-safe.
 * <p>
 * The JSON has a schema version and holds everything but the id, the version and the two
 * times, which a store keeps beside it. Properties that a newer release of this library
 * or of the SDK has added are ignored, but preserved.
 *
 * @since 0.1.0
 */
public final class SessionRecordCodec {

	/**
	 * The schema version that is written.
	 */
	public static final int SCHEMA = 1;

	private static final Logger logger = LoggerFactory.getLogger(SessionRecordCodec.class);

	private final JsonMapper mapper = JsonMapper.builder()
		.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
		.changeDefaultPropertyInclusion((inclusion) -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
		.build();

	/**
	 * Write a record.
	 * @param session the record
	 * @return its JSON
	 */
	public String write(SessionRecord session) {
		Map<String, @Nullable JsonNode> unknown = new HashMap<>();
		session.unknown().forEach((name, value) -> unknown.put(name, this.mapper.readTree(value)));
		JsonNode schema = unknown.remove("schema");
		JsonNode initialize = unknown.remove("initialize");
		return this.mapper.writeValueAsString(new Document((schema != null) ? schema.intValue() : SCHEMA,
				(initialize != null) ? initialize : this.mapper.valueToTree(session.initializeRequest()),
				session.protocolVersion(), session.principal(), session.loggingLevel(), session.listener(),
				session.missed(), session.offer(), session.subscriptions(), session.attributes(), unknown));
	}

	/**
	 * Read a record.
	 * @param json the JSON that {@link #write} returned, in this or another release
	 * @param sessionId the session id
	 * @param version the stored version
	 * @param createdAt when the session was first saved
	 * @param lastAccessedAt when the session was last used
	 * @return the record, or empty, with one line in the log, if the JSON cannot be read
	 */
	public Optional<SessionRecord> read(String json, String sessionId, long version, Instant createdAt,
			Instant lastAccessedAt) {
		try {
			Document document = this.mapper.readValue(json, Document.class);
			InitializeRequest initialize = (document.initialize() != null)
					? this.mapper.treeToValue(document.initialize(), InitializeRequest.class) : null;
			if (document.schema() < 1 || initialize == null || document.protocolVersion() == null) {
				return unreadable(sessionId, "a required property is missing");
			}
			return Optional.of(new SessionRecord(sessionId, version, initialize, document.protocolVersion(),
					document.principal(), createdAt, lastAccessedAt, document.loggingLevel(), document.listener(),
					document.missed(), document.offer(),
					(document.subscriptions() != null) ? document.subscriptions() : Set.of(),
					(document.attributes() != null) ? document.attributes() : Map.of(), unknown(document, initialize)));
		}
		catch (JacksonException | NullPointerException ex) {
			// the message of a JacksonException may quote what was stored
			return unreadable(sessionId, ex.getClass().getSimpleName());
		}
	}

	/**
	 * Properties that would be lost if the document were written again.
	 */
	private Map<String, String> unknown(Document document, InitializeRequest initialize) {
		Map<String, String> unknown = new HashMap<>();
		if (document.unknown() != null) {
			document.unknown().forEach((name, value) -> unknown.put(name, String.valueOf(value)));
		}
		if (document.schema() > SCHEMA) {
			unknown.put("schema", Integer.toString(document.schema()));
		}
		if (!this.mapper.valueToTree(initialize).equals(document.initialize())) {
			unknown.put("initialize", String.valueOf(document.initialize()));
		}
		return unknown;
	}

	/**
	 * Log that a record cannot be read.
	 * @param sessionId the session id
	 * @param reason why, without stored contents
	 * @return empty
	 */
	public Optional<SessionRecord> unreadable(String sessionId, String reason) {
		logger.warn("The stored record of session {} cannot be read ({}): the session is treated as not found",
				SessionIds.mask(sessionId), reason);
		return Optional.empty();
	}

	private record Document(int schema, @Nullable JsonNode initialize, @Nullable String protocolVersion,
			@Nullable String principal, @Nullable LoggingLevel loggingLevel, @Nullable String listener,
			SessionRecord.@Nullable Missed missed, @Nullable String offer, @Nullable Set<String> subscriptions,
			@Nullable Map<String, String> attributes,
			@JsonAnyGetter @JsonAnySetter @Nullable Map<String, @Nullable JsonNode> unknown) {
	}

}
