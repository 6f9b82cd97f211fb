package io.github.mcpsession.testing;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.UUID;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;

import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/**
 * Bearer tokens, signed by a key of the tests.
 */
public final class Tokens {

	public static final String ISSUER = "https://issuer.example.com";

	private static final KeyPair keys = newKeys();

	private Tokens() {
	}

	private static KeyPair newKeys() {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
			generator.initialize(2048);
			return generator.generateKeyPair();
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	public static JwtDecoder decoder() {
		return NimbusJwtDecoder.withPublicKey((RSAPublicKey) keys.getPublic()).build();
	}

	/**
	 * A client with a new token.
	 */
	public static RawClient client(String subject) {
		return client(ISSUER, subject);
	}

	public static RawClient client(String issuer, String subject) {
		return new RawClient(Map.of("Authorization", "Bearer " + token(issuer, subject, keys)));
	}

	/**
	 * A client whose token somebody else has signed.
	 */
	public static RawClient forger(String subject) {
		return new RawClient(Map.of("Authorization", "Bearer " + token(ISSUER, subject, newKeys())));
	}

	/**
	 * A client whose token names nobody, as of an authorization server that gives client
	 * credentials no subject.
	 */
	public static RawClient nameless() {
		return client(ISSUER, null);
	}

	private static String token(String issuer, String subject, KeyPair signer) {
		Instant now = Instant.now();
		SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.RS256),
				new JWTClaimsSet.Builder().issuer(issuer)
					.subject(subject)
					.jwtID(UUID.randomUUID().toString())
					.issueTime(Date.from(now))
					.expirationTime(Date.from(now.plus(Duration.ofMinutes(5))))
					.build());
		try {
			token.sign(new RSASSASigner(signer.getPrivate()));
		}
		catch (JOSEException ex) {
			throw new IllegalStateException(ex);
		}
		return token.serialize();
	}

}
