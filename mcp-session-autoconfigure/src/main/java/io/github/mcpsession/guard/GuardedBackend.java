package io.github.mcpsession.guard;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.Map;
import java.util.Set;

import io.github.mcpsession.ListableSessionStore;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.cluster.NodeChannel;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.support.EndsInTime;
import org.jspecify.annotations.Nullable;

/**
 * A backend whose calls end in time, or throw {@link SessionStoreException}. A store that
 * can list sessions can do so when guarded.
 */
public final class GuardedBackend {

	/**
	 * How operations are called in metrics, where not like their methods.
	 */
	private static final Map<String, String> OPERATIONS = Map.of("countByPrincipal", "count", "findVersion",
			"find-version", "write", "write-event", "read", "read-events", "setReader", "follow-stream", "delivered",
			"note-delivery", "announcementsAfter", "read-announcements", "sendToAll", "send-to-all", "takeExpired",
			"take-expired");

	/**
	 * What waits for messages, or makes no call.
	 */
	private static final Set<String> UNGUARDED = Set.of("receive", "isCounting", "hashCode", "toString");

	private static final Object[] NONE = {};

	private GuardedBackend() {
	}

	/**
	 * Guard a backend.
	 * @param backend the backend
	 * @param guard makes the calls
	 * @return the same backend, guarded
	 */
	public static Backend of(Backend backend, StoreGuard guard) {
		return new Backend(guard(backend.store(), guard), guard(EventLog.class, backend.eventLog(), guard),
				guard(NodeChannel.class, backend.channel(), guard));
	}

	static SessionStore guard(SessionStore store, StoreGuard guard) {
		return (store instanceof ListableSessionStore listable) ? guard(ListableSessionStore.class, listable, guard)
				: guard(SessionStore.class, store, guard);
	}

	private static <T> T guard(Class<T> spi, T target, StoreGuard guard) {
		return spi.cast(Proxy.newProxyInstance(spi.getClassLoader(), new Class<?>[] { spi },
				new GuardedCalls(target, guard, target instanceof EndsInTime calls && calls.endsInTime())));
	}

	/**
	 * Makes the calls of one proxy.
	 *
	 * @param target what to call
	 * @param guard makes the calls
	 * @param endInTime whether they end by themselves
	 */
	private record GuardedCalls(Object target, StoreGuard guard, boolean endInTime) implements InvocationHandler {

		@Override
		public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] given)
				throws Throwable {
			@Nullable Object[] arguments = (given != null) ? given : NONE;
			String name = method.getName();
			if (name.equals("equals")) {
				return proxy == arguments[0];
			}
			if (UNGUARDED.contains(name)) {
				return invoke(method, arguments);
			}
			try {
				return this.guard.call(OPERATIONS.getOrDefault(name, name), () -> invokeUnchecked(method, arguments),
						this.endInTime);
			}
			catch (SessionStoreException ex) {
				throw name.equals("list") ? faultOfTheCaller(ex) : ex;
			}
		}

		private @Nullable Object invoke(Method method, @Nullable Object[] arguments) throws Throwable {
			try {
				return method.invoke(this.target, arguments);
			}
			catch (InvocationTargetException ex) {
				throw ex.getTargetException();
			}
		}

		/**
		 * No method of the guarded types declares a checked exception.
		 */
		private @Nullable Object invokeUnchecked(Method method, @Nullable Object[] arguments) {
			try {
				return invoke(method, arguments);
			}
			catch (RuntimeException | Error ex) {
				throw ex;
			}
			catch (Throwable ex) {
				throw new UndeclaredThrowableException(ex);
			}
		}

		/**
		 * An invalid cursor.
		 */
		private static RuntimeException faultOfTheCaller(SessionStoreException failure) {
			for (Throwable suppressed : failure.getSuppressed()) {
				if (suppressed instanceof IllegalArgumentException invalid) {
					return invalid;
				}
			}
			return failure;
		}

	}

}
