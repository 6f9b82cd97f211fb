package io.github.mcpsession;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Validates, hashes and orders session ids.
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
	 * @param text the text to check
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
		return hash(sessionId).substring(0, 8);
	}

	/**
	 * A hash that is long enough to stand for one session among any number of them. It
	 * begins with the {@linkplain #mask short one}. Whoever knows it cannot use the
	 * session.
	 * @param sessionId the session id
	 * @return 32 hexadecimal digits
	 */
	public static String fingerprint(String sessionId) {
		return hash(sessionId).substring(0, 32);
	}

	/**
	 * The SHA-256 digest of a text, for stores: to stand for what must not be shown, is
	 * too long for a key, or would mean something in one.
	 * @param text the text
	 * @return 64 hexadecimal digits
	 */
	public static String hash(String text) {
		try {
			return HexFormat.of()
				.formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The shortest text that separates two session ids: greater than the one, and not
	 * greater than the other, character by character. For the cursors of stores that list
	 * sessions in the order of their ids: it reveals no more of an id than how it differs
	 * from its neighbour.
	 * @param last the last id of a page
	 * @param next the first id of the next page, which must be greater
	 * @return the first characters of the next id, as many as needed
	 */
	public static String boundary(String last, String next) {
		if (last.compareTo(next) >= 0) {
			throw new IllegalArgumentException("The ids are not in order");
		}
		int same = 0;
		while (same < last.length() && last.charAt(same) == next.charAt(same)) {
			same++;
		}
		return next.substring(0, same + 1);
	}

}
