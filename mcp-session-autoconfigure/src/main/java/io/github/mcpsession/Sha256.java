package io.github.mcpsession;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Texts as hexadecimal digits, where they must not be shown, or are too long, or would
 * mean something. For use by this library.
 *
 * @since 0.1.0
 */
public final class Sha256 {

	private static final int LENGTH = 32;

	private Sha256() {
	}

	/**
	 * The hash of a text.
	 * @param text the text
	 * @return 64 hexadecimal digits
	 */
	public static String hex(String text) {
		return hex(text, LENGTH);
	}

	/**
	 * The first bytes of the hash of a text.
	 * @param text the text
	 * @param bytes how many, 32 at most
	 * @return two hexadecimal digits for each
	 */
	public static String hex(String text, int bytes) {
		try {
			byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
			return HexFormat.of().formatHex(hash, 0, bytes);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
