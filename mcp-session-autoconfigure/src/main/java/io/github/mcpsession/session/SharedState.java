package io.github.mcpsession.session;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;

import io.github.mcpsession.SessionNotFoundException;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.MessageType;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.support.JsonRpcMessages;
import io.modelcontextprotocol.spec.McpSchema.LoggingLevel;

/**
 * What nodes must know of each other's sessions: that one has changed or ended, and what
 * resources some are subscribed to. Thread-safe.
 * <p>
 * What is lost while the store is unavailable is made up for: by the validation of each
 * request, by the next periodic message, or when this node is alive again.
 */
public final class SharedState {

	private static final Duration FORGET_RESOURCES_AFTER = Duration.ofMinutes(5);

	private final Node node;

	private final String scope;

	private final SessionUpdater updater;

	private final LocalSessions local;

	private final SubscribedResources resources = new SubscribedResources();

	/**
	 * Create it.
	 * @param node this node
	 * @param scope the managed server
	 * @param updater changes stored sessions
	 * @param local the sessions that this node holds
	 * @param held validates sessions that have changed or ended
	 */
	public SharedState(Node node, ServerScope scope, SessionUpdater updater, LocalSessions local, HeldSessions held) {
		this.node = node;
		this.scope = scope.mark();
		this.updater = updater;
		this.local = local;
		node.on(this.scope, MessageType.CHANGED, (message) -> {
			this.resources.add(uris(message));
			held.validateSurely(message);
		});
		node.on(this.scope, MessageType.ENDED, held::validateSurely);
		node.on(this.scope, MessageType.SUBSCRIBED, (message) -> this.resources.add(uris(message)));
		node.on(this.scope, MessageType.HELLO, (message) -> node.send(message.from(),
				NodeMessage.subscribed(this.scope, json(this.resources.uris()))));
		node.onRejoin(() -> held.validateSoon(local.inUse()));
	}

	/**
	 * The resources that some session of the cluster is subscribed to.
	 * @return the resources
	 */
	public SubscribedResources resources() {
		return this.resources;
	}

	/**
	 * Save the logging level of a session, before it takes effect on this and the other
	 * nodes.
	 * @param session the session
	 * @param level the level
	 * @throws SessionNotFoundException if the session has ended
	 * @throws SessionStoreException if the store cannot be reached
	 */
	public void setLoggingLevel(LocalSession session, LoggingLevel level) {
		long since = System.nanoTime();
		SessionRecord stored = this.updater.update(session.id(),
				(record) -> (record.loggingLevel() == level) ? record : record.withLoggingLevel(level));
		session.refresh(stored, since);
		broadcastChange(stored, Set.of());
	}

	/**
	 * A subscription of a session was saved.
	 * @param stored what the store has now
	 * @param since when it was asked to change it
	 * @param uri the subscription
	 */
	public void onSubscription(SessionRecord stored, long since, String uri) {
		LocalSession session = this.local.get(stored.id());
		if (session != null) {
			session.refresh(stored, since);
		}
		broadcastChange(stored, stored.subscriptions().contains(uri) ? Set.of(uri) : Set.of());
	}

	private void broadcastChange(SessionRecord record, Set<String> subscribed) {
		this.node.tryBroadcast(NodeMessage.changed(this.scope, record, json(subscribed)));
	}

	/**
	 * Have the other nodes send what their sessions are subscribed to.
	 */
	public void hello() {
		this.node.tryBroadcast(NodeMessage.hello(this.scope));
	}

	/**
	 * Broadcast what the sessions of this node are subscribed to, and forget what no node
	 * broadcasts any more. To be called every minute.
	 */
	public void broadcastResources() {
		Collection<String> subscribed = this.local.subscriptions();
		if (!subscribed.isEmpty()) {
			this.resources.add(subscribed);
			this.node.tryBroadcast(NodeMessage.subscribed(this.scope, json(subscribed)));
		}
		this.resources.forget(FORGET_RESOURCES_AFTER);
	}

	private static String json(Collection<String> uris) {
		return JsonRpcMessages.mapper().writeValueAsString(uris);
	}

	private static List<String> uris(NodeMessage message) {
		return List.of(JsonRpcMessages.mapper().readValue(message.text(), String[].class));
	}

}
