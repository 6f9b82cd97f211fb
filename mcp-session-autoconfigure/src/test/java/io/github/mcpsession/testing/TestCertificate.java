package io.github.mcpsession.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/**
 * A key, and a certificate that it signed itself, for this host.
 *
 * @param certificate the certificate as a PEM file
 * @param key the private key as a PEM file
 */
public record TestCertificate(Path certificate, Path key) {

	private static final String PASSWORD = "changeit";

	private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(64, new byte[] { '\n' });

	public static TestCertificate create() {
		try {
			Path directory = Files.createTempDirectory("mcp-session-tls");
			Path store = directory.resolve("store.p12");
			Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
					"-genkeypair", "-alias", "redis", "-keyalg", "EC", "-dname", "CN=localhost", "-ext",
					"san=dns:localhost,ip:127.0.0.1", "-keystore", store.toString(), "-storetype", "PKCS12",
					"-storepass", PASSWORD)
				.redirectErrorStream(true)
				.start();
			keytool.getInputStream().transferTo(System.out);
			if (keytool.waitFor() != 0) {
				throw new IllegalStateException("keytool failed");
			}
			KeyStore keys = KeyStore.getInstance("PKCS12");
			try (InputStream in = Files.newInputStream(store)) {
				keys.load(in, PASSWORD.toCharArray());
			}
			return new TestCertificate(
					write(directory.resolve("certificate.pem"), "CERTIFICATE",
							keys.getCertificate("redis").getEncoded()),
					write(directory.resolve("key.pem"), "PRIVATE KEY",
							keys.getKey("redis", PASSWORD.toCharArray()).getEncoded()));
		}
		catch (IOException | GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private static Path write(Path file, String kind, byte[] content) throws IOException {
		return Files.writeString(file,
				"-----BEGIN " + kind + "-----\n" + BASE64.encodeToString(content) + "\n-----END " + kind + "-----\n");
	}

}
