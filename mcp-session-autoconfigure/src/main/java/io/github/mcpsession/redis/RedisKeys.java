package io.github.mcpsession.redis;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

import org.springframework.util.Assert;

/**
 * The keys of one application: {@code <prefix>:<namespace>:{<session id>}}. The hash tag
 * keeps all of one session in one slot of a Redis Cluster, and spreads sessions over
 * slots.
 */
final class RedisKeys {

	private final String prefix;

	RedisKeys(String prefix, String namespace) {
		Assert.isTrue(!prefix.contains("{"), "The Redis key prefix must not contain '{', which starts a hash tag");
		// encoded, so that neither a brace nor a colon of the name has a meaning in keys
		this.prefix = prefix + ":" + URLEncoder.encode(namespace, StandardCharsets.UTF_8) + ":";
	}

	String session(String sessionId) {
		return this.prefix + "{" + sessionId + "}";
	}

}
