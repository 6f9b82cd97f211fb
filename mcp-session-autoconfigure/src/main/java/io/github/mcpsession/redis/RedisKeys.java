package io.github.mcpsession.redis;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.springframework.util.Assert;

/**
 * The keys of one application: {@code <prefix>:<namespace>:{<session id>}}. The hash tag
 * keeps all of one session in one slot of a Redis Cluster, and spreads sessions over
 * slots. What nodes send each other is in one slot: the one of {@code {cluster}}.
 */
final class RedisKeys {

	private final String prefix;

	RedisKeys(String prefix, String namespace) {
		Assert.isTrue(!prefix.contains("{"), "The Redis key prefix must not contain '{', which starts a hash tag");
		// encoded, so that neither a brace nor a colon of the name has a meaning in keys
		this.prefix = prefix + ":" + URLEncoder.encode(namespace, StandardCharsets.UTF_8) + ":";
	}

	String session(String sessionId) {
		// a tag that begins with its end is none, and the keys would be in many slots
		String tag = sessionId.replace("%", "%25").replace("}", "%7D");
		return this.prefix + "{" + tag + "}";
	}

	/**
	 * A pattern for the keys of sessions. Other keys of a session go on after the hash
	 * tag.
	 */
	String anySession() {
		return this.prefix.replaceAll("[\\\\*?\\[\\]]", "\\\\$0") + "{*}";
	}

	/**
	 * The session id in a key.
	 * @param key a key that matches the pattern
	 * @return the session id
	 */
	String sessionId(String key) {
		String tag = key.substring(this.prefix.length() + 1, key.length() - 1);
		return tag.replace("%7D", "}").replace("%25", "%");
	}

	/**
	 * All keys of a session: its hash, the hash of the log, and the sorted set of the
	 * order in which what is in that is dropped.
	 */
	List<String> withLog(String sessionId) {
		String session = session(sessionId);
		return List.of(session, session + ":log", session + ":order");
	}

	/**
	 * The sorted set of the sessions of a principal.
	 * @param hash the hash of its name
	 */
	String principal(String hash) {
		return this.prefix + "principal:" + hash;
	}

	/**
	 * The sorted set of nodes, by when they expire.
	 */
	String nodes() {
		return cluster("nodes");
	}

	/**
	 * The hash of when nodes joined.
	 */
	String joined() {
		return cluster("joined");
	}

	/**
	 * The stream of messages to a node.
	 * @param node its name; nothing for what the keys of all inboxes begin with
	 */
	String inbox(String node) {
		return cluster("inbox:" + node);
	}

	/**
	 * The sorted set of topics, by the number of their last announcement.
	 */
	String announcementNumbers() {
		return cluster("announcement-numbers");
	}

	/**
	 * The hash of the last announcement of each topic.
	 */
	String announcements() {
		return cluster("announcements");
	}

	/**
	 * The sorted set of sessions by when they expire.
	 */
	String expiries() {
		return cluster("expiries");
	}

	private String cluster(String name) {
		return this.prefix + "{cluster}:" + name;
	}

}
