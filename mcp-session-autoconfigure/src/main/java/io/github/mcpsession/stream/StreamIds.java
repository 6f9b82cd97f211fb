package io.github.mcpsession.stream;

import java.util.UUID;

import io.github.mcpsession.SessionIds;

/**
 * The ids of streams.
 */
final class StreamIds {

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
		return "l" + SessionIds.fingerprint("listening stream of " + session);
	}

}
