package io.github.mcpsession.stream;

import java.util.UUID;

import io.github.mcpsession.Sha256;

/**
 * The ids of streams.
 */
final class StreamIds {

	private static final int DIGEST_BYTES = 16;

	private StreamIds() {
	}

	/**
	 * The id of the stream of one more call: random, so that no node and no restart ever
	 * makes it again.
	 */
	static String newCall() {
		return "c" + UUID.randomUUID().toString().replace("-", "");
	}

	/**
	 * The id of the listening stream of a session: the same on all nodes, another one for
	 * each session, and it does not give the session id away.
	 */
	static String listening(String session) {
		return "l" + Sha256.hex("listening stream of " + session, DIGEST_BYTES);
	}

}
