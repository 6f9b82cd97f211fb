package io.github.mcpsession.security;

import java.util.List;

import io.github.mcpsession.testing.Node;
import io.github.mcpsession.testing.RawClient;
import io.github.mcpsession.testing.RedisProcess;
import io.github.mcpsession.testing.TestCertificate;
import io.github.mcpsession.testing.TestServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A Redis that speaks TLS only, and only to clients that show a certificate, as far as
 * the application knows.
 */
class TlsRedisTests {

	private static final TestCertificate CERTIFICATE = TestCertificate.create();

	private static int port;

	private static RedisProcess redis;

	@BeforeAll
	static void start() {
		port = TestServers.freePort();
		redis = RedisProcess.start(TestServers.freePort(), "tls-port", String.valueOf(port), "tls-cert-file",
				CERTIFICATE.certificate().toString(), "tls-key-file", CERTIFICATE.key().toString(), "tls-ca-cert-file",
				CERTIFICATE.certificate().toString(), "tls-auth-clients", "yes");
	}

	@AfterAll
	static void stop() {
		redis.close();
	}

	private static List<String> properties(TestCertificate trusted) {
		return List.of("mcp.session.store=redis", "spring.data.redis.host=127.0.0.1", "spring.data.redis.port=" + port,
				"spring.data.redis.ssl.bundle=redis",
				"spring.ssl.bundle.pem.redis.keystore.certificate=file:" + CERTIFICATE.certificate(),
				"spring.ssl.bundle.pem.redis.keystore.private-key=file:" + CERTIFICATE.key(),
				"spring.ssl.bundle.pem.redis.truststore.certificate=file:" + trusted.certificate());
	}

	@Test
	void sessionsTakeTheBundleOfTheApplication() {
		try (Node a = Node.start("A", properties(CERTIFICATE)); Node b = Node.start("B", properties(CERTIFICATE))) {
			RawClient client = new RawClient().initialize(a.uri());
			assertThat(client.call(b.uri(), "count")).isEqualTo("1");
			assertThat(client.call(a.uri(), "count")).isEqualTo("2");
			assertThat(redis.command("EXISTS mcp:session:test:{" + client.sessionId() + "}")).isEqualTo("1");
		}
	}

	@Test
	void aServerThatIsNotTrustedGetsNoSession() {
		try (Node a = Node.start("A", properties(TestCertificate.create()))) {
			assertThat(new RawClient().tryInitialize(a.uri()).statusCode()).isEqualTo(503);
		}
	}

}
