package io.github.mcpsession;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A page of the sessions of a store.
 *
 * @param sessions the sessions; may be empty although more follow
 * @param next the cursor of the next page, or {@code null} if this is the last page
 * @since 0.1.0
 * @see ListableSessionStore
 */
public record SessionPage(List<SessionRecord> sessions, @Nullable String next) {

	public SessionPage {
		sessions = List.copyOf(sessions);
	}

}
