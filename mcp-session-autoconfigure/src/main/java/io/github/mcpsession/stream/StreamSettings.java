package io.github.mcpsession.stream;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import io.github.mcpsession.SessionRecord;
import io.modelcontextprotocol.spec.McpSchema;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.unit.DataSize;

/**
 * How streams are handled on this node.
 *
 * @param resumable Whether clients can resume streams, and get what was sent while they
 * were not listening.
 * @param retry How long a client is asked to wait before it reconnects when the server
 * closes its stream. With 0 it is not asked.
 * @param retryClients Names of the clients, as in their 'initialize' request, that are
 * asked that, or '*' for all. Others may fail on it, as the Java SDK's before 2.1.
 * @param heartbeatInterval Time between two heartbeats on an open stream, which keep
 * proxies from closing the connection and detect dead connections.
 * @param retention How long messages are kept for clients that come back.
 * @param completedRetention How long the messages of a call are kept after its response
 * was sent to the client; no longer than the retention.
 * @param maxEvents Maximum number of messages kept per session, over all its streams.
 * @param maxSize Maximum size of the messages kept per session, over all its streams.
 * @param deliverWithCalls Whether a client that has listened, and does not any more, is
 * sent with its next call what was kept for it.
 * @param detachableTools Names of the tools that may close their HTTP connection while
 * they run, or '*' for all. They run on a thread of their own instead of that of the HTTP
 * request.
 * @param detachableThreads Maximum number of these threads, and so of such tools that run
 * at the same time on a node.
 */
@ConfigurationProperties("mcp.session.streams")
public record StreamSettings(@DefaultValue("true") boolean resumable,
		@DefaultValue("1s") @DurationUnit(ChronoUnit.SECONDS) Duration retry, @DefaultValue( {
				"claude-ai", "claude-code", "Visual Studio Code", "cursor-vscode", "codex-mcp-client",
				"gemini-cli-mcp-client", "mcp-inspector", "inspector-client" }) Set<String> retryClients,
		@DefaultValue("15s") @DurationUnit(ChronoUnit.SECONDS) Duration heartbeatInterval,
		@DefaultValue("10m") @DurationUnit(ChronoUnit.SECONDS) Duration retention,
		@DefaultValue("1m") @DurationUnit(ChronoUnit.SECONDS) Duration completedRetention,
		@DefaultValue("1000") int maxEvents, @DefaultValue("4MB") DataSize maxSize,
		@DefaultValue("true") boolean deliverWithCalls, @DefaultValue Set<String> detachableTools,
		@DefaultValue("200") int detachableThreads){

	private static final String FIRST_PRIMED_VERSION = "2025-11-25";

	/**
	 * Vercel's tries to read the empty data as JSON, and reports an error.
	 */
	private static final Set<String> NOT_PRIMED = Set.of("ai-sdk-mcp-client");

	/**
	 * How long the client of a session is asked to wait before it reconnects.
	 * @param session the session
	 * @return how long; zero if it is not asked
	 */
	Duration retryFor(SessionRecord session) {
		return (this.retryClients.contains("*") || this.retryClients.contains(clientOf(session))) ? this.retry
				: Duration.ZERO;
	}

	/**
	 * Whether the client of a session takes an event without data. Those of older
	 * protocols choke on it.
	 * @param session the session
	 * @return whether it does
	 */
	static boolean isPrimed(SessionRecord session) {
		return session.protocolVersion().compareTo(FIRST_PRIMED_VERSION) >= 0
				&& !NOT_PRIMED.contains(clientOf(session));
	}

	private static String clientOf(SessionRecord session) {
		McpSchema.Implementation client = session.initializeRequest().clientInfo();
		return (client != null && client.name() != null) ? client.name() : "";
	}

	/**
	 * How much the log keeps of a session.
	 * @return the limits
	 */
	public StreamLimits limits() {
		return new StreamLimits(this.maxEvents, this.maxSize.toBytes(), this.retention, this.completedRetention);
	}

	/**
	 * How long to ask a client to wait that is sent away together with others, so that
	 * they do not all come at once.
	 */
	static Duration spread(Duration retry) {
		return retry.plusMillis(ThreadLocalRandom.current().nextLong(retry.toMillis() / 2 + 1));
	}

	/**
	 * Whether a tool runs on a thread of its own.
	 * @param tool the name of the tool
	 * @return whether it can let go of its connection
	 */
	public boolean isDetachable(String tool) {
		return this.detachableTools.contains(tool) || this.detachableTools.contains("*");
	}

}
