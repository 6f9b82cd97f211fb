package io.github.mcpsession;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Some of the sessions of a store.
 *
 * @param sessions the sessions; may be empty although more are to come
 * @param next the cursor to go on with, or {@code null} if this was the last page
 * @since 0.1.0
 * @see ListableSessionStore
 */
public record SessionPage(List<SessionRecord> sessions, @Nullable String next) {

	public SessionPage {
		sessions = List.copyOf(sessions);
	}

}
