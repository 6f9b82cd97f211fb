package io.github.mcpsession.session;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Predicate;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionNotFoundException;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.MessageType;
import io.github.mcpsession.cluster.Node;
import io.github.mcpsession.cluster.NodeMessage;
import io.github.mcpsession.support.JsonRpcMessages;
import io.github.mcpsession.support.StoreRetries;
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

	/**
	 * A node that has been there for so long knows what there is to know.
	 */
	private static final Duration WELL_INFORMED_AFTER = Duration.ofSeconds(30);

	private static final int PAGE = 100;

	private final Node node;

	private final String scope;

	private final SessionUpdater updater;

	private final LocalSessions local;

	private final SubscribedResources resources = new SubscribedResources();

	private final SessionStore store;

	private final Predicate<String> isOurs;

	private final Duration sessionTimeout;

	private final StoreRetries retries;

	/**
	 * Create it.
	 * @param node this node
	 * @param scope the managed server
	 * @param store the store
	 * @param updater changes stored sessions
	 * @param local the sessions that this node holds
	 * @param held validates sessions that have changed or ended
	 * @param retries makes calls again that failed
	 * @param sessionTimeout how long a session lives that is not used
	 */
	public SharedState(Node node, ServerScope scope, SessionStore store, SessionUpdater updater, LocalSessions local,
			HeldSessions held, StoreRetries retries, Duration sessionTimeout) {
		this.node = node;
		this.scope = scope.mark();
		this.updater = updater;
		this.local = local;
		this.store = store;
		this.isOurs = scope::hasId;
		this.retries = retries;
		this.sessionTimeout = sessionTimeout;
		node.on(this.scope, MessageType.CHANGED, (message) -> {
			this.resources.add(uris(message));
			held.validateSurely(message);
		});
		node.on(this.scope, MessageType.ENDED, held::validateSurely);
		node.on(this.scope, MessageType.SUBSCRIBED, (message) -> this.resources.add(uris(message)));
		node.on(this.scope, MessageType.HELLO, (message) -> retries.callNowOrLater(
				() -> node.send(message.from(), NodeMessage.subscribed(this.scope, json(this.resources.uris())))));
		node.onRejoin(() -> {
			held.validateSoon(local.inUse());
			local.listening().forEach((session) -> node.run(session.id(), session.listening()::catchUp));
		});
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
	 * Have the other nodes send what sessions are subscribed to, or find out from the
	 * store if none of them can know.
	 * @param background for what may take long
	 */
	public void hello(Executor background) {
		this.retries.callNowOrLater(() -> this.node.broadcast(NodeMessage.hello(this.scope)));
		background.execute(() -> this.retries.callNowOrLater(() -> {
			boolean othersKnow = this.node.nodes()
				.entrySet()
				.stream()
				.anyMatch((other) -> !other.getKey().equals(this.node.name())
						&& other.getValue().compareTo(WELL_INFORMED_AFTER) > 0);
			if (!othersKnow && this.store instanceof ListableSessionStore listable) {
				addResourcesOf(listable);
			}
		}));
	}

	private void addResourcesOf(ListableSessionStore listable) {
		String cursor = null;
		do {
			SessionPage page = listable.list(cursor, PAGE);
			page.sessions()
				.stream()
				.filter((session) -> this.isOurs.test(session.id()))
				.forEach((session) -> this.resources.add(session.subscriptions()));
			cursor = page.next();
		}
		while (cursor != null);
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
		// a session that no node holds any more may live for so long
		this.resources.forget(this.sessionTimeout.plus(FORGET_RESOURCES_AFTER));
	}

	private static String json(Collection<String> uris) {
		return JsonRpcMessages.mapper().writeValueAsString(uris);
	}

	private static List<String> uris(NodeMessage message) {
		return List.of(JsonRpcMessages.mapper().readValue(message.text(), String[].class));
	}

}
