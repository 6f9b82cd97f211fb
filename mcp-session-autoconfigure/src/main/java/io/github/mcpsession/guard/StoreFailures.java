package io.github.mcpsession.guard;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.NestedExceptionUtils;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.dao.QueryTimeoutException;

/**
 * What a failed call says of the store.
 */
public final class StoreFailures {

	private static final Logger logger = LoggerFactory.getLogger(StoreFailures.class);

	private static final int MAX_REASON_LENGTH = 300;

	/**
	 * Neither client need be on the class path.
	 */
	private static final Set<String> REDIS_ANSWERS = Set.of("io.lettuce.core.RedisCommandExecutionException",
			"redis.clients.jedis.exceptions.JedisDataException");

	/**
	 * What Redis answers to whatever it is asked.
	 */
	private static final Pattern REDIS_OUTAGE = Pattern
		.compile("(LOADING|CLUSTERDOWN|MASTERDOWN|NOAUTH|WRONGPASS)\\b.*", Pattern.DOTALL);

	/**
	 * No connection, none for these credentials, too many of them, and a server that
	 * shuts down or starts.
	 */
	private static final Pattern SQL_OUTAGE = Pattern.compile("08...|28...|53300|57P..");

	private StoreFailures() {
	}

	/**
	 * Whether it is the fault of the call, not of the store.
	 */
	static boolean isFaultOfTheCall(Throwable failure) {
		return failure instanceof IllegalArgumentException || failure instanceof DataIntegrityViolationException;
	}

	/**
	 * Whether the store took too long.
	 */
	static boolean isTimeOut(Throwable failure) {
		return failure instanceof TimeoutException || failure instanceof QueryTimeoutException;
	}

	/**
	 * Whether the store itself answered with an error, as one that is full or may not be
	 * written does: it is there, and may well answer the next call.
	 */
	static boolean isAnswer(Throwable failure) {
		return Stream.iterate(failure, (cause) -> cause != null, Throwable::getCause)
			.limit(20)
			.anyMatch((cause) -> (cause instanceof SQLException sql) ? isAnswer(sql) : isRedisAnswer(cause));
	}

	private static boolean isAnswer(SQLException failure) {
		String state = failure.getSQLState();
		return state != null && !SQL_OUTAGE.matcher(state).matches()
				&& !(failure instanceof SQLTransientConnectionException)
				&& !(failure instanceof SQLNonTransientConnectionException);
	}

	private static boolean isRedisAnswer(Throwable failure) {
		return Stream.<Class<?>>iterate(failure.getClass(), (type) -> type != null, Class::getSuperclass)
			.anyMatch((type) -> REDIS_ANSWERS.contains(type.getName()))
				&& !REDIS_OUTAGE.matcher(String.valueOf(failure.getMessage())).matches();
	}

	/**
	 * The class and the first line of the root cause, where an operator finds out what is
	 * the matter. For logs, not for clients.
	 * @param failure the failure
	 * @return one line of text
	 */
	public static String reason(@Nullable Throwable failure) {
		Throwable cause = (failure != null) ? NestedExceptionUtils.getMostSpecificCause(failure) : null;
		if (cause == null) {
			return "unknown cause";
		}
		String message = (cause.getMessage() != null) ? cause.getMessage().lines().findFirst().orElse("") : "";
		return cause.getClass().getSimpleName() + ": "
				+ message.substring(0, Math.min(message.length(), MAX_REASON_LENGTH));
	}

	/**
	 * Errors that the store has answered, logged now and then for each operation.
	 */
	static final class Answers {

		private static final Duration WARN_INTERVAL = Duration.ofMinutes(1);

		private final Map<String, Long> logged = new ConcurrentHashMap<>();

		void add(String operation, Throwable cause) {
			long now = System.nanoTime();
			Long last = this.logged.get(operation);
			if (last == null || now - last > WARN_INTERVAL.toNanos()) {
				this.logged.put(operation, now);
				logger.warn("The session store has answered '{}' with an error ({})", operation, reason(cause));
			}
		}

	}

}
