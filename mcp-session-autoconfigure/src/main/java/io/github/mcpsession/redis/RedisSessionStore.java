package io.github.mcpsession.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionRecordCodec;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.support.EndsInTime;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.DefaultRedisScript;
import org.springframework.data.redis.core.script.RedisScript;

/**
 * A {@link SessionStore} on Redis. A session is one hash with a time to live: Redis
 * itself expires it. Every change is one Lua script that first looks whether the session
 * is still there, so that none brings a deleted session back. What {@link RedisEventLog}
 * keeps of a session is deleted with it. Needs no keyspace notifications and no
 * configuration of the server.
 */
public final class RedisSessionStore implements ListableSessionStore, EndsInTime, AutoCloseable {

	private static final RedisScript<Long> CREATE = script(RedisNodeScripts.NOW + """
			if redis.call('EXISTS', KEYS[1]) == 1 then
				return 0
			end
			local created = string.format('%.0f', now)
			redis.call('HSET', KEYS[1], 'data', ARGV[1], 'version', 1, 'created', created, 'accessed', created)
			if ARGV[3] ~= '' then
				redis.call('HSET', KEYS[1], 'principal', ARGV[3])
			end
			redis.call('PEXPIRE', KEYS[1], ARGV[2])
			return 1
			""");

	private static final RedisScript<Long> REPLACE = script("""
			if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then
				return 0
			end
			redis.call('HSET', KEYS[1], 'data', ARGV[1])
			redis.call('HINCRBY', KEYS[1], 'version', 1)
			return 1
			""");

	/**
	 * What is in the log ends with the session, so later if the session does. Returns the
	 * hash of the principal, empty if none is kept, or nothing if the session is gone.
	 */
	private static final RedisScript<String> TOUCH = new DefaultRedisScript<>(RedisNodeScripts.NOW + """
			if redis.call('PEXPIRE', KEYS[1], ARGV[1]) == 0 then
				return false
			end
			redis.call('HSET', KEYS[1], 'accessed', string.format('%.0f', now))
			local log = redis.call('HGET', KEYS[2], 'h')
			if log then
				local till = math.min((cmsgpack.unpack(log)), now + ARGV[1])
				redis.call('PEXPIREAT', KEYS[2], string.format('%.0f', till))
				redis.call('PEXPIREAT', KEYS[3], string.format('%.0f', till))
			end
			return redis.call('HGET', KEYS[1], 'principal') or ''
			""", String.class);

	/**
	 * Returns the same.
	 */
	private static final RedisScript<String> DELETE = new DefaultRedisScript<>("""
			local principal = redis.call('HGET', KEYS[1], 'principal')
			redis.call('UNLINK', KEYS[2], KEYS[3])
			return redis.call('DEL', KEYS[1]) == 1 and (principal or '')
			""", String.class);

	@SuppressWarnings("rawtypes")
	private static final RedisScript<List> RECORDS = new DefaultRedisScript<>("""
			local result = {}
			for _, key in ipairs(KEYS) do
				local fields = redis.pcall('HMGET', key, 'data', 'version', 'created', 'accessed')
				for i = 1, 4 do
					result[#result + 1] = fields[i] or ''
				end
			end
			return result
			""", List.class);

	private static final List<Object> FIELDS = List.of("data", "version", "created", "accessed");

	private static final List<Object> VERSION_FIELDS = List.of("version", "accessed");

	private final StringRedisTemplate redis;

	private final boolean endsInTime;

	private final RedisKeys keys;

	private final RedisSessionScan scan;

	private final RedisExpiries expiries;

	private final RedisPrincipals principals;

	private final boolean counting;

	private final SessionRecordCodec codec = new SessionRecordCodec();

	/**
	 * Create a store that can {@linkplain #countByPrincipal count}.
	 * @param connectionFactory where Redis is
	 * @param keyPrefix what all keys begin with
	 * @param namespace what tells the sessions of this application from those of others
	 */
	public RedisSessionStore(RedisConnectionFactory connectionFactory, String keyPrefix, String namespace) {
		this(connectionFactory, keyPrefix, namespace, true);
	}

	/**
	 * Create a store.
	 * @param connectionFactory where Redis is
	 * @param keyPrefix what all keys begin with
	 * @param namespace what tells the sessions of this application from those of others
	 * @param counting whether to keep what it takes to {@linkplain #countByPrincipal
	 * count}: a sorted set per principal, and one more command when a session is created,
	 * touched or deleted
	 */
	public RedisSessionStore(RedisConnectionFactory connectionFactory, String keyPrefix, String namespace,
			boolean counting) {
		this.redis = new StringRedisTemplate(connectionFactory);
		this.endsInTime = SessionRedisConnection.endsInTime(connectionFactory);
		this.keys = new RedisKeys(keyPrefix, namespace);
		this.scan = new RedisSessionScan(this.redis, this.keys);
		this.expiries = new RedisExpiries(this.redis, this.keys);
		this.principals = new RedisPrincipals(this.redis, this.keys);
		this.counting = counting;
	}

	@Override
	public boolean create(SessionRecord session, Duration idleTimeout) {
		String principal = session.principal();
		String hash = (this.counting && principal != null) ? SessionIds.hash(principal) : "";
		boolean created = execute(CREATE, key(session.id()), this.codec.write(session),
				Long.toString(idleTimeout.toMillis()), hash);
		if (created && !hash.isEmpty()) {
			this.principals.add(hash, session.id(), idleTimeout);
		}
		if (created) {
			this.expiries.put(session.id(), idleTimeout);
		}
		return created;
	}

	@Override
	public Optional<SessionRecord> find(String sessionId) {
		return read(sessionId, this.redis.opsForHash().multiGet(this.keys.session(sessionId), FIELDS));
	}

	@Override
	public Optional<SessionStore.Version> findVersion(String sessionId) {
		List<Object> fields = this.redis.opsForHash().multiGet(this.keys.session(sessionId), VERSION_FIELDS);
		if (fields.get(0) instanceof String version && fields.get(1) instanceof String accessed) {
			try {
				return Optional.of(new SessionStore.Version(Long.parseLong(version),
						Instant.ofEpochMilli(Long.parseLong(accessed))));
			}
			catch (NumberFormatException ex) {
				this.codec.unreadable(sessionId, "a number is none");
			}
		}
		return Optional.empty();
	}

	private Optional<SessionRecord> read(String sessionId, List<Object> fields) {
		if (fields.get(0) instanceof String data && fields.get(1) instanceof String version
				&& fields.get(2) instanceof String created && fields.get(3) instanceof String accessed) {
			try {
				return this.codec.read(data, sessionId, Long.parseLong(version),
						Instant.ofEpochMilli(Long.parseLong(created)), Instant.ofEpochMilli(Long.parseLong(accessed)));
			}
			catch (NumberFormatException ex) {
				return this.codec.unreadable(sessionId, "a number is none");
			}
		}
		return Optional.empty();
	}

	@Override
	public boolean replace(SessionRecord session) {
		return execute(REPLACE, key(session.id()), this.codec.write(session), Long.toString(session.version()));
	}

	@Override
	public boolean touch(String sessionId, Duration idleTimeout) {
		String principal = this.redis.execute(TOUCH, this.keys.withLog(sessionId),
				Long.toString(idleTimeout.toMillis()));
		if (principal != null && !principal.isEmpty()) {
			this.principals.renew(principal, sessionId, idleTimeout);
		}
		if (principal != null) {
			this.expiries.put(sessionId, idleTimeout);
		}
		return principal != null;
	}

	@Override
	public boolean delete(String sessionId) {
		String principal = this.redis.execute(DELETE, this.keys.withLog(sessionId));
		if (principal != null && !principal.isEmpty()) {
			this.principals.remove(principal, sessionId);
		}
		if (principal != null) {
			this.expiries.remove(sessionId);
		}
		return principal != null;
	}

	/**
	 * Write what this node has not written yet of when sessions expire.
	 */
	@Override
	public void close() {
		this.expiries.close();
	}

	@Override
	public List<String> takeExpired(int limit) {
		return this.expiries.take(limit);
	}

	/**
	 * By SCAN, so in no order, and with a few sessions more than the limit at times. A
	 * call looks at about 100,000 keys at most, of whichever application; with many
	 * others in the same database, pages may be empty.
	 * <p>
	 * On a Redis Cluster one master is scanned after the other, and the records are read
	 * one by one. While slots move or a replica takes over, sessions may be missing.
	 */
	@Override
	public SessionPage list(@Nullable String cursor, int limit) {
		RedisSessionScan.Found found = this.scan.scan(cursor, limit);
		List<SessionRecord> sessions = found.onCluster()
				? found.sessionIds().stream().flatMap((sessionId) -> records(List.of(sessionId)).stream()).toList()
				: records(found.sessionIds());
		return new SessionPage(sessions, found.next());
	}

	@SuppressWarnings("unchecked")
	private List<SessionRecord> records(List<String> sessionIds) {
		List<SessionRecord> sessions = new ArrayList<>();
		List<Object> fields = sessionIds.isEmpty() ? null
				: this.redis.execute(RECORDS, sessionIds.stream().map(this.keys::session).toList());
		for (int i = 0; fields != null && i < sessionIds.size(); i++) {
			List<Object> ofSession = fields.subList(i * FIELDS.size(), (i + 1) * FIELDS.size());
			if (!ofSession.contains("")) {
				read(sessionIds.get(i), ofSession).ifPresent(sessions::add);
			}
		}
		return sessions;
	}

	/**
	 * Sessions that were created by a store which does not count are left out; one that
	 * Redis has evicted is counted until it would have expired.
	 */
	@Override
	public int countByPrincipal(String principal) {
		if (!this.counting) {
			throw new UnsupportedOperationException("This store is configured not to count sessions");
		}
		return this.principals.count(SessionIds.hash(principal));
	}

	@Override
	public boolean endsInTime() {
		return this.endsInTime;
	}

	@Override
	public boolean isCounting() {
		return this.counting;
	}

	private List<String> key(String sessionId) {
		return List.of(this.keys.session(sessionId));
	}

	private boolean execute(RedisScript<Long> script, List<String> keys, Object... arguments) {
		Long result = this.redis.execute(script, keys, arguments);
		return result != null && result == 1;
	}

	private static RedisScript<Long> script(String text) {
		return new DefaultRedisScript<>(text, Long.class);
	}

}
