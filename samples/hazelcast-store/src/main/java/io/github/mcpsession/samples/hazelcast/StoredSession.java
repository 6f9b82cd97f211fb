package io.github.mcpsession.samples.hazelcast;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

/**
 * One session with its streams: the value of a map entry. Changed by entry processors
 * only, which run on the thread of the entry's partition.
 */
final class StoredSession implements Serializable {

	private static final long serialVersionUID = 1;

	final @Nullable String principal;

	/**
	 * A number by which sessions are listed, and from which nobody learns an id.
	 */
	final long order;

	final long createdAt;

	String json;

	long version = 1;

	long accessedAt;

	long expiresAt;

	final StoredStreams streams = new StoredStreams();

	StoredSession(String json, @Nullable String principal, long order, long now, long timeout) {
		this.json = json;
		this.principal = principal;
		this.order = order;
		this.createdAt = now;
		touch(now, timeout);
	}

	void touch(long now, long timeout) {
		this.accessedAt = now;
		this.expiresAt = now + timeout;
	}

	static boolean isLive(@Nullable StoredSession session, long now) {
		return session != null && session.expiresAt > now;
	}

	/**
	 * What is sent to a node that reads the session: all but its streams.
	 *
	 * @param json the record
	 * @param version of the record
	 * @param createdAt by the clock of the cluster
	 * @param accessedAt by the clock of the cluster
	 */
	record View(String json, long version, long createdAt, long accessedAt) implements Serializable {
	}

	View view() {
		return new View(this.json, this.version, this.createdAt, this.accessedAt);
	}

}
