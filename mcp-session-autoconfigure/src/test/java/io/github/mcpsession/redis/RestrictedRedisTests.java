package io.github.mcpsession.redis;

import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.contract.SessionStoreContract;
import io.github.mcpsession.testing.Backend;
import io.github.mcpsession.testing.RestrictedRedisUser;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.support.ReflectionSupport;

import org.springframework.data.redis.RedisSystemException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A Redis user that may do only what the documentation says.
 */
class RestrictedRedisTests {

	@Test
	void theUserMayDoNothingElse() {
		try (RedisTestConnection connection = RedisTestConnection.to(Backend.REDIS_RESTRICTED)) {
			StringRedisTemplate redis = new StringRedisTemplate(connection.sessions());
			assertThatExceptionOfType(RedisSystemException.class).isThrownBy(() -> redis.keys("*"))
				.havingRootCause()
				.withMessageContaining("NOPERM");
			assertThatExceptionOfType(RedisSystemException.class)
				.isThrownBy(() -> new RedisSessionStore(connection.sessions(), "other", "x").find("y"))
				.havingRootCause()
				.withMessageContaining("NOPERM");
		}
	}

	@Test
	void aClusterNeedsLittleMore() {
		try (RedisTestConnection connection = RedisTestConnection.restrictedCluster()) {
			RedisSessionStore store = new RedisSessionStore(connection.sessions(), "mcp:session", "restricted");
			for (int i = 0; i < 20; i++) {
				SessionRecord session = SessionStoreContract.newSession();
				assertThat(store.create(session, Duration.ofMinutes(1))).isTrue();
				assertThat(store.find(session.id())).isPresent();
				assertThat(store.list(null, 100).sessions()).extracting(SessionRecord::id)
					.containsExactly(session.id());
				assertThat(store.delete(session.id())).isTrue();
			}
		}
	}

	/**
	 * Nothing may be in the documentation that is not needed.
	 */
	@Test
	void theDocumentationNamesTheCommandsThatAreSent() {
		Set<String> commands = new HashSet<>(Set.of("eval", "evalsha", "hmget", "xread"));
		Stream
			.of(RedisSessionStore.class, RedisNodeScripts.class, RedisEventScripts.class, RedisWriteScript.class,
					RedisAnnouncements.class, RedisPrincipals.class, RedisSessionScan.class)
			.flatMap((owner) -> Arrays.stream(owner.getDeclaredFields()))
			.filter((field) -> RedisScript.class.isAssignableFrom(field.getType()))
			.map((field) -> (RedisScript<?>) ReflectionSupport.tryToReadFieldValue(field, null)
				.getNonNullOrThrow(IllegalStateException::new))
			.flatMap((script) -> Pattern.compile("redis.p?call\\('([A-Z]+)'")
				.matcher(script.getScriptAsString())
				.results())
			.forEach((call) -> commands.add(call.group(1).toLowerCase(Locale.ROOT)));
		assertThat(RestrictedRedisUser.commands()).containsExactlyInAnyOrderElementsOf(commands);
	}

}
