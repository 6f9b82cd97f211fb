package io.github.mcpsession.session;

/**
 * Makes the MCP server of this node notice updates of resources that only sessions of
 * other nodes may be subscribed to.
 */
public interface SubscriptionStandIns {

	/**
	 * Have updates of a resource noticed. To be called again and again: a server may
	 * forget.
	 * @param uri the URI of the resource
	 */
	void subscribe(String uri);

	/**
	 * Have updates of a resource noticed no longer.
	 * @param uri the URI of the resource
	 */
	void unsubscribe(String uri);

}
