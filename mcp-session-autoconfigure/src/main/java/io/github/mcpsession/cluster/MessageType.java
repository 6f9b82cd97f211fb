package io.github.mcpsession.cluster;

/**
 * All messages that nodes send each other. Each says who sends it, who acts on it, and
 * what is lost if it does not arrive. Nodes ignore types of newer releases; the names are
 * part of what is sent.
 */
public enum MessageType {

	/**
	 * A client's response to a request of the server: from the node that the client sent
	 * it to, to the node whose tool waits for it. Lost: that tool's request times out.
	 */
	REPLY,

	/**
	 * A client's {@code notifications/cancelled} or {@code notifications/progress}: from
	 * the node that the client sent it to, to all; the one that runs the request acts.
	 * Lost: a call is not cancelled, or its progress not reported.
	 */
	CLIENT_NOTIFICATION,

	/**
	 * A message for a listening client while streams are not resumable: from the node
	 * that it originates on, to the node that the client listens to. Lost: the message.
	 */
	DELIVER,

	/**
	 * The same, from a node that the client has left meanwhile, once; the next one does
	 * not send it on again. Lost: the message.
	 */
	REDELIVER,

	/**
	 * The log has something for a listening client: from the node that wrote it, to the
	 * node that the client listens to, which sends it. Lost: the client gets it when it
	 * reconnects, or with the next message.
	 */
	CATCH_UP,

	/**
	 * The client listens elsewhere now: from the node that it connected to, to the node
	 * that it listened to before, which closes its connection. Lost: that node finds out
	 * when it next resets the session's idle timeout.
	 */
	STOP_LISTENING,

	/**
	 * A notification for all clients, or all that subscribed to a resource: from the node
	 * where it was made, to all, which send it to clients that listen to them. Lost:
	 * clients of that node get it with the next one, or when they reconnect; not at all
	 * if streams are not resumable.
	 */
	ANNOUNCEMENT,

	/**
	 * Resources that some session is subscribed to: from a node that holds such a
	 * session, to all each minute and to one that joins. Each then notices updates of
	 * them. Lost: made up for a minute later.
	 */
	SUBSCRIBED,

	/**
	 * The shared state of a session has changed: from the node that changed it, to all;
	 * those that hold the session read it again. Lost: they read it when they next
	 * validate the session.
	 */
	CHANGED,

	/**
	 * A session has ended: from the node that ended it, to all; those that hold it close
	 * its connections. Lost: they find out when they next validate the session.
	 */
	ENDED,

	/**
	 * A node has joined: from that node, to all, which answer with {@link #SUBSCRIBED}.
	 * Lost: the next periodic one makes up for it.
	 */
	HELLO,

	/**
	 * A call's stream that a client has resumed on another node goes on: from the node
	 * that runs the call, to the reader's, which sends what is new in the log. Lost: the
	 * reader finds it by its next poll.
	 */
	APPENDED,

	/**
	 * A client has resumed a stream once more: from the node that it connected to, to
	 * that of the reader before, which closes its connection. Lost: that connection stays
	 * open until the call ends.
	 */
	STOP_READING

}
