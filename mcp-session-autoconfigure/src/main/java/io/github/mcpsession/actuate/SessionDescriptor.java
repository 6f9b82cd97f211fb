package io.github.mcpsession.actuate;

import java.time.Instant;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionRecord;
import io.modelcontextprotocol.spec.McpSchema.Implementation;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.OperationResponseBody;
import org.springframework.boot.actuate.endpoint.SanitizableData;

/**
 * What operators see of a session: neither its id nor what its attributes hold.
 *
 * @param session what stands for the session in logs
 * @param handle what to inspect or end the session by, {@code null} if it was asked for
 * by its id
 * @param client the client as it introduced itself
 * @param protocolVersion the negotiated protocol version
 * @param principal the caller that initialized the session, {@code ******} if it must not
 * be shown, {@code null} for an anonymous one
 * @param createdAt when the session was initialized
 * @param lastAccessedAt when it was last used
 * @param listeningOn the node that holds its listening stream, {@code null} if none does
 * @param attributes the names of its attributes
 * @since 0.1.0
 */
public record SessionDescriptor(String session, @Nullable String handle, @Nullable Client client,
		String protocolVersion, @Nullable String principal, Instant createdAt, Instant lastAccessedAt,
		@Nullable String listeningOn, Set<String> attributes) implements OperationResponseBody {

	static SessionDescriptor of(SessionRecord session, @Nullable String handle, Collection<String> nodes,
			boolean showValues) {
		Implementation client = session.initializeRequest().clientInfo();
		String principal = (session.principal() == null || showValues) ? session.principal()
				: SanitizableData.SANITIZED_VALUE;
		return new SessionDescriptor(SessionIds.mask(session.id()), handle,
				(client != null) ? new Client(client.name(), client.version()) : null, session.protocolVersion(),
				principal, session.createdAt(), session.lastAccessedAt(), listeningOn(session, nodes),
				new TreeSet<>(session.attributes().keySet()));
	}

	/**
	 * A node that died could not take back what it said.
	 */
	private static @Nullable String listeningOn(SessionRecord session, Collection<String> nodes) {
		String listener = session.listener();
		return (listener == null) ? null
				: nodes.stream().filter((node) -> listener.startsWith(node + "/")).findFirst().orElse(null);
	}

	/**
	 * A client.
	 *
	 * @param name its name
	 * @param version its version
	 */
	public record Client(@Nullable String name, @Nullable String version) {
	}

}
