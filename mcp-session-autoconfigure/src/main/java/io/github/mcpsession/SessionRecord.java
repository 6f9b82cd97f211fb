package io.github.mcpsession;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

import io.modelcontextprotocol.spec.McpSchema.InitializeRequest;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;
import org.jspecify.annotations.Nullable;

/**
 * One MCP session as a store keeps it. Immutable; every change makes a new record.
 *
 * @param id the session id: 1 to 256 visible ASCII characters
 * @param version the version of the record as the store counts it: 0 before it was first
 * saved, then incremented by every {@link SessionStore#replace replacement}
 * @param initializeRequest the parameters of the client's {@code initialize} request
 * @param protocolVersion the protocol version that the server answered with
 * @param principal the name of the caller that initialized the session, or {@code null}
 * for an anonymous one
 * @param createdAt when the session was first saved, by the store's clock;
 * {@link Instant#EPOCH} before that
 * @param lastAccessedAt when the session was last used, by the store's clock;
 * {@link Instant#EPOCH} before the first save
 * @param loggingLevel the level set by {@code logging/setLevel}, or {@code null} if the
 * client never set one
 * @param listener where the listening stream of the session is open, as
 * {@code <node>/<stream>}, or {@code null} if it is not
 * @param missed what a client that has listened, and does not now, is sent with its
 * calls; {@code null} if it has never listened
 * @param offer a hash of the tools, prompts and resources of the server that the client
 * knows of, or {@code null} if none was saved
 * @param subscriptions the URIs of the resources that the client is subscribed to
 * @param attributes the attributes, each as JSON text
 * @param unknown properties that a newer release has added to the stored session, each as
 * JSON text by its name; preserved when an older release changes the session
 * @since 0.1.0
 * @see SessionStore
 */
public record SessionRecord(String id, long version, InitializeRequest initializeRequest, String protocolVersion,
		@Nullable String principal, Instant createdAt, Instant lastAccessedAt, @Nullable LoggingLevel loggingLevel,
		@Nullable String listener, @Nullable Missed missed, @Nullable String offer, Set<String> subscriptions,
		Map<String, String> attributes, Map<String, String> unknown) {

	public SessionRecord {
		subscriptions = Set.copyOf(subscriptions);
		attributes = Map.copyOf(attributes);
		unknown = Map.copyOf(unknown);
	}

	/**
	 * A record that has not been saved yet.
	 * @param id the session id
	 * @param initializeRequest the parameters of the {@code initialize} request
	 * @param protocolVersion the negotiated protocol version
	 * @param principal the caller's name, or {@code null} for an anonymous caller
	 * @return the new record, at version 0
	 */
	public static SessionRecord create(String id, InitializeRequest initializeRequest, String protocolVersion,
			@Nullable String principal) {
		return new SessionRecord(id, 0, initializeRequest, protocolVersion, principal, Instant.EPOCH, Instant.EPOCH,
				null, null, null, null, Set.of(), Map.of(), Map.of());
	}

	/**
	 * This record with the values that the store assigns. For use by stores.
	 * @param version the stored version
	 * @param createdAt when the session was first saved
	 * @param lastAccessedAt when the session was last used
	 * @return the changed copy
	 */
	public SessionRecord stored(long version, Instant createdAt, Instant lastAccessedAt) {
		return new SessionRecord(this.id, version, this.initializeRequest, this.protocolVersion, this.principal,
				createdAt, lastAccessedAt, this.loggingLevel, this.listener, this.missed, this.offer,
				this.subscriptions, this.attributes, this.unknown);
	}

	/**
	 * This record with another log level.
	 * @param loggingLevel the level
	 * @return the changed copy
	 */
	public SessionRecord withLoggingLevel(LoggingLevel loggingLevel) {
		return new SessionRecord(this.id, this.version, this.initializeRequest, this.protocolVersion, this.principal,
				this.createdAt, this.lastAccessedAt, loggingLevel, this.listener, this.missed, this.offer,
				this.subscriptions, this.attributes, this.unknown);
	}

	/**
	 * This record with the listening stream elsewhere.
	 * @param listener where it is open, or {@code null} if it is not
	 * @return the changed copy
	 */
	public SessionRecord withListener(@Nullable String listener) {
		return new SessionRecord(this.id, this.version, this.initializeRequest, this.protocolVersion, this.principal,
				this.createdAt, this.lastAccessedAt, this.loggingLevel, listener, this.missed, this.offer,
				this.subscriptions, this.attributes, this.unknown);
	}

	/**
	 * This record with what the client is sent with its calls.
	 * @param missed what it is sent
	 * @return the changed copy
	 */
	public SessionRecord withMissed(Missed missed) {
		return new SessionRecord(this.id, this.version, this.initializeRequest, this.protocolVersion, this.principal,
				this.createdAt, this.lastAccessedAt, this.loggingLevel, this.listener, missed, this.offer,
				this.subscriptions, this.attributes, this.unknown);
	}

	/**
	 * This record with another hash of what the server offers.
	 * @param offer the hash
	 * @return the changed copy
	 */
	public SessionRecord withOffer(@Nullable String offer) {
		return new SessionRecord(this.id, this.version, this.initializeRequest, this.protocolVersion, this.principal,
				this.createdAt, this.lastAccessedAt, this.loggingLevel, this.listener, this.missed, offer,
				this.subscriptions, this.attributes, this.unknown);
	}

	/**
	 * This record with a resource subscription added or removed.
	 * @param uri the URI of the resource
	 * @param subscribed whether the client is subscribed to it
	 * @return the changed copy
	 */
	public SessionRecord withSubscription(String uri, boolean subscribed) {
		Set<String> changed = new LinkedHashSet<>(this.subscriptions);
		if (subscribed) {
			changed.add(uri);
		}
		else {
			changed.remove(uri);
		}
		return new SessionRecord(this.id, this.version, this.initializeRequest, this.protocolVersion, this.principal,
				this.createdAt, this.lastAccessedAt, this.loggingLevel, this.listener, this.missed, this.offer, changed,
				this.attributes, this.unknown);
	}

	/**
	 * This record with an attribute set or removed.
	 * @param name the attribute's name
	 * @param json its value as JSON text, or {@code null} to remove it
	 * @return the changed copy
	 */
	public SessionRecord withAttribute(String name, @Nullable String json) {
		Map<String, String> changed = new LinkedHashMap<>(this.attributes);
		if (json != null) {
			changed.put(name, json);
		}
		else {
			changed.remove(name);
		}
		return new SessionRecord(this.id, this.version, this.initializeRequest, this.protocolVersion, this.principal,
				this.createdAt, this.lastAccessedAt, this.loggingLevel, this.listener, this.missed, this.offer,
				this.subscriptions, changed, this.unknown);
	}

	/**
	 * This record without its attributes.
	 * @return the changed copy, or this record if it has none
	 */
	public SessionRecord withoutAttributes() {
		return this.attributes.isEmpty() ? this
				: new SessionRecord(this.id, this.version, this.initializeRequest, this.protocolVersion, this.principal,
						this.createdAt, this.lastAccessedAt, this.loggingLevel, this.listener, this.missed, this.offer,
						this.subscriptions, Map.of(), this.unknown);
	}

	/**
	 * Shows neither the id nor the principal nor the values of attributes.
	 */
	@Override
	public String toString() {
		return "SessionRecord[session=%s, version=%d, protocolVersion=%s, createdAt=%s, attributes=%s]".formatted(
				SessionIds.mask(this.id), this.version, this.protocolVersion, this.createdAt, this.attributes.keySet());
	}

	/**
	 * What a client that has listened, and does not now, is sent with its calls: of its
	 * listening stream the messages after one position up to another, and of the
	 * announcements those after one number up to another.
	 *
	 * @param unread whether there may be messages that it was not sent
	 * @param from the position after which messages were sent
	 * @param sent the position up to which they were sent
	 * @param announcedFrom the number after which announcements were sent
	 * @param announced the number up to which they were sent
	 */
	public record Missed(boolean unread, long from, long sent, long announcedFrom, long announced) {

		/**
		 * Nothing was sent yet, and there may be messages.
		 */
		public static final Missed UNREAD = new Missed(true, 0, 0, 0, 0);

		/**
		 * The same, when there is one more message.
		 * @return the changed copy
		 */
		public Missed withUnread() {
			return new Missed(true, this.from, this.sent, this.announcedFrom, this.announced);
		}

	}

}
