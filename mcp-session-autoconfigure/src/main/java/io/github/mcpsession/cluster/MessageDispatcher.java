package io.github.mcpsession.cluster;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Hands messages for a node to their handlers, on a pool of threads where those about one
 * session are handled in order. A message that is delivered twice is handled once.
 * <p>
 * One thread, that of the receiver, accepts; any thread adds handlers and tasks.
 */
final class MessageDispatcher {

	private static final Logger logger = LoggerFactory.getLogger(MessageDispatcher.class);

	private static final int THREADS = 16;

	private static final int REMEMBERED_MESSAGES = 10_000;

	private final String node;

	private final String namespace;

	private final Map<HandlerKey, Consumer<NodeMessage>> handlers = new ConcurrentHashMap<>();

	private final Set<String> handled = Collections.newSetFromMap(new LinkedHashMap<>() {
		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
			return size() > REMEMBERED_MESSAGES;
		}
	});

	private final ThreadPoolTaskExecutor executor = new ThreadPoolTaskExecutor();

	private final KeyedExecutor tasks = new KeyedExecutor(this.executor);

	private record HandlerKey(String scope, MessageType type) {
	}

	/**
	 * Create a dispatcher.
	 * @param node the node, whose own messages are ignored
	 * @param namespace the application, messages to others are ignored
	 */
	MessageDispatcher(String node, String namespace) {
		this.node = node;
		this.namespace = namespace;
		this.executor.setThreadNamePrefix("mcp-session-cluster-");
		this.executor.setDaemon(true);
		this.executor.setCorePoolSize(THREADS);
		this.executor.setMaxPoolSize(THREADS);
		this.executor.setAllowCoreThreadTimeOut(true);
		this.executor.initialize();
	}

	void on(String scope, MessageType type, Consumer<NodeMessage> handler) {
		this.handlers.put(new HandlerKey(scope, type), handler);
	}

	void start() {
		if (this.executor.getThreadPoolExecutor().isShutdown()) {
			this.executor.initialize();
		}
	}

	void stop() {
		this.executor.shutdown();
	}

	void accept(String text) {
		NodeMessage message = NodeMessage.read(text);
		if (message == null) {
			logger.debug("Ignored a message that this release of mcp-session cannot read");
			return;
		}
		if (message.from().equals(this.node) || !this.namespace.equals(message.namespace())
				|| !this.handled.add(message.id())) {
			return;
		}
		Consumer<NodeMessage> handler = this.handlers.get(new HandlerKey(message.scope(), message.type()));
		if (handler == null) {
			logger.debug("Ignored, since no server here handles it: {}", message);
			return;
		}
		run(message.key(), () -> handler.accept(message));
	}

	void run(String key, Runnable task) {
		this.tasks.run(key, () -> {
			try {
				task.run();
			}
			catch (Throwable ex) {
				// one that gets away would end all that waits for this session; its
				// message may quote that between the nodes
				logger.warn("A message between nodes could not be handled: {}", ex.getClass().getName());
			}
		});
	}

}
