package io.github.mcpsession.autoconfigure;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.util.unit.DataSize;

/**
 * Properties of stored MCP sessions.
 *
 * @since 0.1.0
 */
@ConfigurationProperties("mcp.session")
public class McpSessionProperties {

	/**
	 * Whether MCP sessions are managed at all. If not, the application is as without this
	 * library.
	 */
	private boolean enabled = true;

	/**
	 * Where sessions are kept.
	 */
	private StoreType store = StoreType.MEMORY;

	/**
	 * How long a session lives without being used.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration timeout = Duration.ofHours(24);

	/**
	 * How long a session lives at the most, however much it is used. By default, as long
	 * as it is used.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private @Nullable Duration maxAge;

	/**
	 * What tells the sessions of this application from those of others in the same store.
	 * Defaults to spring.application.name, or to 'mcp' if that is not set.
	 */
	private @Nullable String namespace;

	/**
	 * Path of the MCP endpoint within the application. Defaults to the endpoint that
	 * Spring AI is configured with, or to '/mcp'.
	 */
	private @Nullable String endpoint;

	/**
	 * How long to believe, without asking the store, that a session which this node holds
	 * has not been ended elsewhere. By default, the store is asked at each request.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration validationInterval = Duration.ZERO;

	/**
	 * Whether to replace session ids by a short hash in what the MCP SDK and Spring AI
	 * log. Works with Logback.
	 */
	private boolean maskLoggedIds = true;

	/**
	 * Whether a session is only for the principal that initialized it.
	 */
	private boolean principalBinding = true;

	/**
	 * How long to wait for an answer of the store.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration storeTimeout = Duration.ofMillis(1500);

	/**
	 * How long a node that is told to stop serves on while it asks clients to close their
	 * connections, before the web server takes no more. Only with
	 * server.shutdown=graceful.
	 */
	@DurationUnit(ChronoUnit.SECONDS)
	private Duration drainTime = Duration.ofSeconds(1);

	private final Local local = new Local();

	private final Redis redis = new Redis();

	private final Cluster cluster = new Cluster();

	private final Streams streams = new Streams();

	private final Limits limits = new Limits();

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public StoreType getStore() {
		return this.store;
	}

	public void setStore(StoreType store) {
		this.store = store;
	}

	public Duration getTimeout() {
		return this.timeout;
	}

	public void setTimeout(Duration timeout) {
		this.timeout = timeout;
	}

	public @Nullable Duration getMaxAge() {
		return this.maxAge;
	}

	public void setMaxAge(@Nullable Duration maxAge) {
		this.maxAge = maxAge;
	}

	public @Nullable String getNamespace() {
		return this.namespace;
	}

	public void setNamespace(@Nullable String namespace) {
		this.namespace = namespace;
	}

	public @Nullable String getEndpoint() {
		return this.endpoint;
	}

	public void setEndpoint(@Nullable String endpoint) {
		this.endpoint = endpoint;
	}

	public Duration getValidationInterval() {
		return this.validationInterval;
	}

	public void setValidationInterval(Duration validationInterval) {
		this.validationInterval = validationInterval;
	}

	public boolean isMaskLoggedIds() {
		return this.maskLoggedIds;
	}

	public void setMaskLoggedIds(boolean maskLoggedIds) {
		this.maskLoggedIds = maskLoggedIds;
	}

	public boolean isPrincipalBinding() {
		return this.principalBinding;
	}

	public void setPrincipalBinding(boolean principalBinding) {
		this.principalBinding = principalBinding;
	}

	public Duration getStoreTimeout() {
		return this.storeTimeout;
	}

	public void setStoreTimeout(Duration storeTimeout) {
		this.storeTimeout = storeTimeout;
	}

	public Duration getDrainTime() {
		return this.drainTime;
	}

	public void setDrainTime(Duration drainTime) {
		this.drainTime = drainTime;
	}

	public Local getLocal() {
		return this.local;
	}

	public Redis getRedis() {
		return this.redis;
	}

	public Cluster getCluster() {
		return this.cluster;
	}

	public Streams getStreams() {
		return this.streams;
	}

	public Limits getLimits() {
		return this.limits;
	}

	/**
	 * What this node holds of sessions.
	 */
	public static class Local {

		/**
		 * How many sessions this node holds at the most; those idle for longest are
		 * dropped first, and restored when needed. Sessions in use are never dropped.
		 */
		private int maxSessions = 10_000;

		/**
		 * When to drop this node's copy of a session that is not used. The session itself
		 * lives on in the store.
		 */
		@DurationUnit(ChronoUnit.SECONDS)
		private Duration idleTimeout = Duration.ofMinutes(5);

		public int getMaxSessions() {
			return this.maxSessions;
		}

		public void setMaxSessions(int maxSessions) {
			this.maxSessions = maxSessions;
		}

		public Duration getIdleTimeout() {
			return this.idleTimeout;
		}

		public void setIdleTimeout(Duration idleTimeout) {
			this.idleTimeout = idleTimeout;
		}

	}

	/**
	 * Sessions in Redis.
	 */
	public static class Redis {

		/**
		 * What all keys in Redis begin with.
		 */
		private String keyPrefix = "mcp:session";

		public String getKeyPrefix() {
			return this.keyPrefix;
		}

		public void setKeyPrefix(String keyPrefix) {
			this.keyPrefix = keyPrefix;
		}

	}

	/**
	 * Nodes that talk to each other.
	 */
	public static class Cluster {

		/**
		 * How often a node says that it is alive.
		 */
		@DurationUnit(ChronoUnit.SECONDS)
		private Duration heartbeatInterval = Duration.ofSeconds(2);

		/**
		 * How long a node that said nothing counts as alive.
		 */
		@DurationUnit(ChronoUnit.SECONDS)
		private Duration nodeTimeout = Duration.ofSeconds(10);

		public Duration getHeartbeatInterval() {
			return this.heartbeatInterval;
		}

		public void setHeartbeatInterval(Duration heartbeatInterval) {
			this.heartbeatInterval = heartbeatInterval;
		}

		public Duration getNodeTimeout() {
			return this.nodeTimeout;
		}

		public void setNodeTimeout(Duration nodeTimeout) {
			this.nodeTimeout = nodeTimeout;
		}

	}

	/**
	 * SSE streams that clients can resume.
	 */
	public static class Streams {

		/**
		 * Whether clients can resume streams, and get what was sent while they did not
		 * listen.
		 */
		private boolean resumable = true;

		/**
		 * How long a client is asked to wait before it comes back when the server closes
		 * its stream. With 0 it is not asked.
		 */
		@DurationUnit(ChronoUnit.SECONDS)
		private Duration retry = Duration.ofSeconds(1);

		/**
		 * The time between two heartbeats on an open stream, which keep proxies from
		 * closing the connection and show when it is dead.
		 */
		@DurationUnit(ChronoUnit.SECONDS)
		private Duration heartbeatInterval = Duration.ofSeconds(15);

		/**
		 * How long messages are kept for clients to get them again.
		 */
		@DurationUnit(ChronoUnit.SECONDS)
		private Duration retention = Duration.ofMinutes(10);

		/**
		 * How many messages are kept per session, in all its streams.
		 */
		private int maxEvents = 1000;

		/**
		 * How much is kept per session, in all its streams.
		 */
		private DataSize maxSize = DataSize.ofMegabytes(4);

		/**
		 * Names of the tools that may let go of their HTTP connection while they run, or
		 * '*' for all. They run on a thread of their own instead of that of the HTTP
		 * request.
		 */
		private Set<String> detachableTools = Set.of();

		public boolean isResumable() {
			return this.resumable;
		}

		public void setResumable(boolean resumable) {
			this.resumable = resumable;
		}

		public Duration getRetry() {
			return this.retry;
		}

		public void setRetry(Duration retry) {
			this.retry = retry;
		}

		public Duration getHeartbeatInterval() {
			return this.heartbeatInterval;
		}

		public void setHeartbeatInterval(Duration heartbeatInterval) {
			this.heartbeatInterval = heartbeatInterval;
		}

		public Duration getRetention() {
			return this.retention;
		}

		public void setRetention(Duration retention) {
			this.retention = retention;
		}

		public int getMaxEvents() {
			return this.maxEvents;
		}

		public void setMaxEvents(int maxEvents) {
			this.maxEvents = maxEvents;
		}

		public Set<String> getDetachableTools() {
			return this.detachableTools;
		}

		public void setDetachableTools(Set<String> detachableTools) {
			this.detachableTools = detachableTools;
		}

		public DataSize getMaxSize() {
			return this.maxSize;
		}

		public void setMaxSize(DataSize maxSize) {
			this.maxSize = maxSize;
		}

	}

	/**
	 * What clients and tools cannot exceed.
	 */
	public static class Limits {

		/**
		 * How large the parameters of an initialize request may be, as JSON. A larger one
		 * is refused.
		 */
		private DataSize maxInitializeSize = DataSize.ofKilobytes(64);

		/**
		 * How many attributes a session may have.
		 */
		private int maxAttributes = 100;

		/**
		 * How large the attributes of a session may be in all, names and values as JSON.
		 */
		private DataSize maxAttributesSize = DataSize.ofKilobytes(256);

		/**
		 * How many resources a session may be subscribed to.
		 */
		private int maxSubscriptions = 1000;

		/**
		 * How many sessions an authenticated principal may have at once, in the whole
		 * cluster. By default, any number.
		 */
		private @Nullable Integer maxSessionsPerPrincipal;

		/**
		 * How many sessions may be initialized per second on this node. By default, any
		 * number.
		 */
		private @Nullable Integer newSessionsPerSecond;

		public DataSize getMaxInitializeSize() {
			return this.maxInitializeSize;
		}

		public void setMaxInitializeSize(DataSize maxInitializeSize) {
			this.maxInitializeSize = maxInitializeSize;
		}

		public int getMaxAttributes() {
			return this.maxAttributes;
		}

		public void setMaxAttributes(int maxAttributes) {
			this.maxAttributes = maxAttributes;
		}

		public DataSize getMaxAttributesSize() {
			return this.maxAttributesSize;
		}

		public void setMaxAttributesSize(DataSize maxAttributesSize) {
			this.maxAttributesSize = maxAttributesSize;
		}

		public int getMaxSubscriptions() {
			return this.maxSubscriptions;
		}

		public void setMaxSubscriptions(int maxSubscriptions) {
			this.maxSubscriptions = maxSubscriptions;
		}

		public @Nullable Integer getMaxSessionsPerPrincipal() {
			return this.maxSessionsPerPrincipal;
		}

		public void setMaxSessionsPerPrincipal(@Nullable Integer maxSessionsPerPrincipal) {
			this.maxSessionsPerPrincipal = maxSessionsPerPrincipal;
		}

		public @Nullable Integer getNewSessionsPerSecond() {
			return this.newSessionsPerSecond;
		}

		public void setNewSessionsPerSecond(@Nullable Integer newSessionsPerSecond) {
			this.newSessionsPerSecond = newSessionsPerSecond;
		}

	}

}
