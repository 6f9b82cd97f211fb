package io.github.mcpsession.session;

/**
 * Where the transport finds the session objects that requests name. Thread-safe.
 */
public interface TransportSessions {

	/**
	 * Have the transport find a session.
	 * @param session the session
	 */
	void add(LocalSession session);

	/**
	 * Have the transport find a session again that it may have dropped.
	 * @param session the session
	 */
	void addIfMissing(LocalSession session);

	/**
	 * Have the transport find a session no longer.
	 * @param session the session; no other one with its id
	 */
	void remove(LocalSession session);

}
