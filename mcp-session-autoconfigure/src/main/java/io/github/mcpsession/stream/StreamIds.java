package io.github.mcpsession.stream;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;

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
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256")
				.digest(("listening stream of " + session).getBytes(StandardCharsets.UTF_8));
			return "l" + HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
