package io.github.mcpsession;

import java.util.Optional;

import io.modelcontextprotocol.common.McpTransportContext;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of the MCP servers of this application, on whichever node they were
 * initialized. Thread-safe.
 * <p>
 * All methods that call the store throw {@link SessionStoreException} if it does not
 * respond in time. To change how a session that this node does not hold is restored,
 * declare a {@link SessionRestorer} bean.
 *
 * @since 0.1.0
 */
public interface SessionManager {

	/**
	 * Find a session, without restoring it and without resetting its idle timeout.
	 * @param sessionId the session id
	 * @return its record in the store, or empty if there is none
	 */
	Optional<SessionRecord> find(String sessionId);

	/**
	 * The attributes of a session. Nothing is read before a method of the result is
	 * called. In a tool: {@code manager.attributes(exchange.sessionId())}.
	 * @param sessionId the session id
	 * @return its attributes
	 */
	SessionAttributes attributes(String sessionId);

	/**
	 * The attributes of the authenticated caller of a request, whichever sessions it has:
	 * for clients that open a session for each call. In a tool:
	 * {@code manager.callerAttributes(exchange.transportContext())}.
	 * @param context the transport context, as in {@code exchange.transportContext()}
	 * @return its attributes
	 * @throws IllegalArgumentException if the caller is anonymous
	 * @see #callerAttributes(String)
	 */
	default SessionAttributes callerAttributes(McpTransportContext context) {
		return callerAttributes(CallerResolver.callerOf(context)
			.orElseThrow(() -> new IllegalArgumentException("The caller is anonymous: only an authenticated one has "
					+ "attributes; use those of the session, SessionManager.attributes, for others")));
	}

	/**
	 * The attributes of an authenticated caller: the same on all nodes and for all MCP
	 * servers of this application. They are kept for
	 * {@code mcp.session.caller-attributes.timeout} after they were last read or written,
	 * whatever becomes of the caller's sessions. Nothing is read before a method of the
	 * result is called, and nothing is stored before one is set.
	 * @param caller the caller, as the {@link CallerResolver} returns it: by default the
	 * name of the principal
	 * @return its attributes
	 * @throws IllegalArgumentException if the caller is blank
	 */
	SessionAttributes callerAttributes(String caller);

	/**
	 * Read a page of the sessions of all nodes.
	 * @param cursor the {@link SessionPage#next()} of the page before, or {@code null}
	 * for the first page
	 * @param limit how many sessions to return, approximately
	 * @return the page; may be empty although more follow
	 * @throws IllegalArgumentException if the cursor cannot be one of the store in use
	 * @throws UnsupportedOperationException if the store is not a
	 * {@link ListableSessionStore}
	 */
	SessionPage list(@Nullable String cursor, int limit);

	/**
	 * End a session: the next request of its client gets 404, on every node.
	 * @param sessionId the session id
	 * @return {@code false} if there is no such session
	 */
	boolean terminate(String sessionId);

	/**
	 * Where sessions are kept.
	 * @return the storage mode
	 */
	StorageMode getStorageMode();

	/**
	 * Whether sessions outlive this JVM.
	 * @return whether the store is external
	 */
	default boolean isUsingExternalStore() {
		return getStorageMode() == StorageMode.EXTERNAL;
	}

	/**
	 * Where sessions are kept.
	 */
	enum StorageMode {

		/**
		 * In the memory of this JVM only.
		 */
		MEMORY,

		/**
		 * In a store that other nodes share.
		 */
		EXTERNAL

	}

}
