package io.github.mcpsession.autoconfigure;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.core.env.Environment;

/**
 * Properties that decide what there is. How sessions, nodes and streams are handled is in
 * the settings of these.
 *
 * @param enabled Whether MCP sessions are managed. If not, the application behaves as
 * without this library.
 * @param store Where sessions are kept.
 * @param namespace Separates the sessions of this application from those of others in the
 * same store. Defaults to spring.application.name, or to 'mcp' if that is not set.
 * @param endpoint Path of the MCP endpoint within the application. Defaults to the
 * endpoint that Spring AI is configured with, or to '/mcp'.
 * @param maskLoggedIds Whether to replace session ids by a short hash in log messages of
 * the MCP SDK and Spring AI. Works with Logback only.
 * @param drainTime How long a node that shuts down still serves requests while it asks
 * clients to close their connections, before the web server accepts no more. Only with
 * server.shutdown=graceful.
 * @param strictProtocolVersion Whether to reject requests whose MCP-Protocol-Version is
 * not one that the transport supports. By default a newer one is served as the version
 * that was negotiated, and only what never was a version is rejected.
 * @param redis sessions in Redis
 */
@ConfigurationProperties("mcp.session")
record McpSessionProperties(@DefaultValue("true") boolean enabled, @DefaultValue("memory") StoreType store,
		@Nullable String namespace, @Nullable String endpoint, @DefaultValue("true") boolean maskLoggedIds,
		@DefaultValue("1s") @DurationUnit(ChronoUnit.SECONDS) Duration drainTime,
		@DefaultValue("false") boolean strictProtocolVersion, @DefaultValue Redis redis) {

	/**
	 * What tells the sessions of this application from those of others.
	 */
	String namespace(Environment environment) {
		return (this.namespace != null) ? this.namespace : environment.getProperty("spring.application.name", "mcp");
	}

	/**
	 * Sessions in Redis.
	 *
	 * @param keyPrefix Prefix of all keys in Redis.
	 */
	record Redis(@DefaultValue("mcp:session") String keyPrefix) {
	}

}
