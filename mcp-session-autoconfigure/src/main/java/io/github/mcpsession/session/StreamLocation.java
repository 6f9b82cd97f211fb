package io.github.mcpsession.session;

import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

/**
 * Where the client of a session listens.
 *
 * @param node the node that holds the stream
 * @param stream the stream
 */
record StreamLocation(String node, String stream) {

	private static final char SEPARATOR = '/';

	/**
	 * What a record says.
	 * @param session the record
	 * @return where its client listens, {@code null} if nowhere
	 */
	static @Nullable StreamLocation of(SessionRecord session) {
		String text = session.listener();
		int separator = (text != null) ? text.indexOf(SEPARATOR) : -1;
		return (text != null && separator > 0)
				? new StreamLocation(text.substring(0, separator), text.substring(separator + 1)) : null;
	}

	SessionRecord applyTo(SessionRecord session) {
		return session.withListener(this.node + SEPARATOR + this.stream);
	}

}
