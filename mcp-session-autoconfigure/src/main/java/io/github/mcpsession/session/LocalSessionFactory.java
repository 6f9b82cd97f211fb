package io.github.mcpsession.session;

import io.github.mcpsession.SessionRecord;

/**
 * Makes this node's copy of a stored session.
 */
@FunctionalInterface
public interface LocalSessionFactory {

	/**
	 * Make a copy, which nobody finds yet.
	 * @param stored what the store has
	 * @param since when it was asked for it, by {@link System#nanoTime()}
	 * @return the local session
	 */
	LocalSession create(SessionRecord stored, long since);

}
