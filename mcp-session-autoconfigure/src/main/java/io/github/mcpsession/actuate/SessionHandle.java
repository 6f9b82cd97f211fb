package io.github.mcpsession.actuate;

import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

/**
 * What stands for a session in the endpoint, instead of its id, which is all that one
 * needs to use the session: the fingerprint of the id, and the cursor of the page that
 * the session was on, without which no store could find a session by its fingerprint.
 *
 * @param fingerprint the fingerprint of the session id
 * @param cursor the cursor of the page, {@code null} for the first
 */
record SessionHandle(String fingerprint, @Nullable String cursor) {

	private static final Pattern HANDLE = Pattern.compile("([0-9a-f]{32})(?:\\.([A-Za-z0-9_-]+))?");

	private static final int PAGE_SIZE = 100;

	private static final int MAX_PAGES = 20;

	static SessionHandle of(SessionRecord session, @Nullable String cursor) {
		return new SessionHandle(SessionIds.fingerprint(session.id()), cursor);
	}

	static Optional<SessionHandle> parse(String text, Supplier<CursorSeal> seal) {
		Matcher matcher = HANDLE.matcher(text);
		if (!matcher.matches()) {
			return Optional.empty();
		}
		try {
			String fingerprint = matcher.group(1);
			return Optional.of(new SessionHandle(fingerprint,
					(matcher.group(2) != null) ? seal.get().open(matcher.group(2), fingerprint) : null));
		}
		catch (IllegalArgumentException ex) {
			return Optional.empty();
		}
	}

	/**
	 * Find the session, on the page that it was on, or on one of those that follow: it
	 * may have moved on since other sessions came.
	 * @param manager knows the sessions
	 * @return the session, or empty if it has ended
	 */
	Optional<SessionRecord> find(SessionManager manager) {
		try {
			return search(manager);
		}
		catch (IllegalArgumentException | UnsupportedOperationException ex) {
			// no handle that this store could have given out
			return Optional.empty();
		}
	}

	private Optional<SessionRecord> search(SessionManager manager) {
		String next = this.cursor;
		for (int i = 0; i < MAX_PAGES; i++) {
			SessionPage page = manager.list(next, PAGE_SIZE);
			for (SessionRecord session : page.sessions()) {
				if (SessionIds.fingerprint(session.id()).equals(this.fingerprint)) {
					return Optional.of(session);
				}
			}
			next = page.next();
			if (next == null) {
				break;
			}
		}
		return Optional.empty();
	}

	String write(CursorSeal seal) {
		return (this.cursor != null) ? this.fingerprint + "." + seal.close(this.cursor, this.fingerprint)
				: this.fingerprint;
	}

}
