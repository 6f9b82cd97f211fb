package io.github.mcpsession;

import org.jspecify.annotations.Nullable;

/**
 * To be implemented by a {@link SessionStore} that can list its sessions. Only operators
 * need that, and {@code mcp.session.limits.max-sessions-per-principal}; no other request
 * of a client depends on it.
 *
 * @since 0.1.0
 * @see SessionManager#list
 */
public interface ListableSessionStore extends SessionStore {

	/**
	 * Read some of the sessions, in any order. Does not extend them.
	 * <p>
	 * Neither the memory that a call takes nor its load on a server may grow with the
	 * number of sessions, or with what else the server holds: rather return a page that
	 * is short, or empty, and a cursor to continue with.
	 * <p>
	 * A session that is there from the first page to the last is on one of them at least.
	 * One that is created or ends meanwhile may be missing, and where the backend
	 * rearranges its data one may be on two pages, but never twice on one. Expired
	 * sessions, those of other namespaces, and records that cannot be read are left out.
	 * @param cursor the {@link SessionPage#next()} of the page before, possibly by
	 * another node, or {@code null} for the first page. A cursor may be old: what it
	 * points to need not exist any more. It is shown to people who must not know session
	 * ids, so it must not have one in it (see {@link SessionIds#boundary})
	 * @param limit how many sessions to return at most, 1 or more; a store whose backend
	 * returns keys in indivisible batches may return a few more
	 * @return the page
	 * @throws IllegalArgumentException if the cursor cannot be one of this kind of store,
	 * or the limit is less than 1
	 */
	SessionPage list(@Nullable String cursor, int limit);

	/**
	 * How many live sessions a principal has. A session is counted as soon as
	 * {@link #create} has returned, on whichever node, and no longer than until it would
	 * have expired.
	 * @param principal the {@linkplain SessionRecord#principal() principal}
	 * @return the number of its sessions
	 * @throws UnsupportedOperationException if this store {@linkplain #isCounting does
	 * not count}
	 */
	int countByPrincipal(String principal);

	/**
	 * Whether this store can count the sessions of a principal. Always the same.
	 * @return whether it can
	 */
	default boolean isCounting() {
		return true;
	}

}
