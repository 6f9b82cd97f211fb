package io.github.mcpsession;

import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The sessions of an MCP server, whichever node they were initialized on. Thread-safe.
 * <p>
 * All methods that ask the store throw {@link SessionStoreException} if it does not
 * respond in time. To change how a session that this node does not hold is brought back,
 * declare a {@link SessionRestorer} bean.
 *
 * @since 0.1.0
 */
public interface SessionManager {

	/**
	 * Look a session up, without restoring it and without resetting its idle timeout.
	 * @param sessionId the session id
	 * @return what the store has of it
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
	 * Read some of the sessions, page by page, whichever node they were initialized on.
	 * @param cursor the {@link SessionPage#next()} of the page before, or {@code null}
	 * for the first page
	 * @param limit how many sessions to return, roughly
	 * @return the page; may be empty although more are to come
	 * @throws IllegalArgumentException if the cursor cannot be one of the store in use
	 * @throws UnsupportedOperationException if the store is not a
	 * {@link ListableSessionStore}
	 */
	SessionPage list(@Nullable String cursor, int limit);

	/**
	 * End a session: its client gets 404 for the next request, on every node.
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
	 * @return whether the store is an external one
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
