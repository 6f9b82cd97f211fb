package io.github.mcpsession.actuate;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;

import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes cursors of a store unreadable, and lets in only those that it made, on whichever
 * node: whoever could choose a cursor could find out session ids by asking which sessions
 * come after it.
 */
final class CursorSeal {

	private static final int NONCE_BYTES = 12;

	private static final int TAG_BITS = 128;

	private final SecretKeySpec key;

	/**
	 * Create a seal.
	 * @param secret what all nodes share
	 */
	CursorSeal(String secret) {
		try {
			byte[] hash = MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
			this.key = new SecretKeySpec(hash, "AES");
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Seal a cursor.
	 * @param cursor the cursor
	 * @param purpose what it is for; opens with the same only
	 * @return text that needs no quoting in a URL
	 */
	String close(String cursor, String purpose) {
		try {
			byte[] nonce = nonce(cursor, purpose);
			byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, purpose)
				.doFinal(cursor.getBytes(StandardCharsets.UTF_8));
			byte[] all = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
			System.arraycopy(sealed, 0, all, NONCE_BYTES, sealed.length);
			return Base64.getUrlEncoder().withoutPadding().encodeToString(all);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Open a sealed cursor.
	 * @param text what {@link #close} returned
	 * @param purpose what it was sealed for
	 * @return the cursor
	 * @throws IllegalArgumentException if it was not sealed with this secret for this
	 * purpose
	 */
	String open(String text, String purpose) {
		byte[] all = Base64.getUrlDecoder().decode(text);
		if (all.length < NONCE_BYTES) {
			throw new IllegalArgumentException("Not a sealed cursor");
		}
		try {
			byte[] cursor = cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(all, NONCE_BYTES), purpose).doFinal(all,
					NONCE_BYTES, all.length - NONCE_BYTES);
			return new String(cursor, StandardCharsets.UTF_8);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalArgumentException("Not a sealed cursor", ex);
		}
	}

	/**
	 * Made of what is sealed, so that it is the same for the same and never for two
	 * others: a handle does not change from one list to the next.
	 */
	private byte[] nonce(String cursor, String purpose) throws GeneralSecurityException {
		Mac mac = Mac.getInstance("HmacSHA256");
		mac.init(this.key);
		mac.update((purpose + "\n" + cursor).getBytes(StandardCharsets.UTF_8));
		return Arrays.copyOf(mac.doFinal(), NONCE_BYTES);
	}

	private Cipher cipher(int mode, byte[] nonce, String purpose) throws GeneralSecurityException {
		Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
		cipher.init(mode, this.key, new GCMParameterSpec(TAG_BITS, nonce));
		cipher.updateAAD(purpose.getBytes(StandardCharsets.UTF_8));
		return cipher;
	}

}
