package io.github.mcpsession;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What there is to say about session ids without knowing the session.
 *
 * @since 0.1.0
 */
public final class SessionIds {

	private static final int MAX_LENGTH = 256;

	private SessionIds() {
	}

	/**
	 * Whether a text can be a session id at all: 1 to 256 visible ASCII characters, 0x21
	 * to 0x7E (MCP specification 2025-11-25, basic/transports, "Session Management").
	 * @param text the text to look at
	 * @return whether it can be a session id
	 */
	public static boolean isValid(String text) {
		return !text.isEmpty() && text.length() <= MAX_LENGTH
				&& text.chars().allMatch((character) -> character >= 0x21 && character <= 0x7E);
	}

	/**
	 * A short hash that stands for an id in logs, where the id itself must never appear:
	 * whoever knows it can use the session.
	 * @param sessionId the session id
	 * @return eight hexadecimal digits
	 */
	public static String mask(String sessionId) {
		try {
			byte[] hash = MessageDigest.getInstance("SHA-256").digest(sessionId.getBytes(StandardCharsets.UTF_8));
			return HexFormat.of().formatHex(hash, 0, 4);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
