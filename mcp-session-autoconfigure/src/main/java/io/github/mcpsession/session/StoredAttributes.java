package io.github.mcpsession.session;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The attributes of one session, read from and written to the store on each call.
 */
public record StoredAttributes(String sessionId, SessionStore store, SessionUpdater updater, JsonMapper mapper,
		SessionLimits limits) implements SessionAttributes {

	@Override
	public <T> Optional<T> get(String name, Class<T> type) {
		return get(name, ParameterizedTypeReference.forType(type));
	}

	@Override
	public <T> Optional<T> get(String name, ParameterizedTypeReference<T> type) {
		return this.store.find(this.sessionId).map((session) -> read(session, name, type));
	}

	@Override
	public void put(String name, Object value) {
		String json = write(this.mapper, name, value);
		this.updater.update(this.sessionId, (session) -> this.limits.check(session, session.withAttribute(name, json)));
	}

	@Override
	public <T> @Nullable T update(String name, Class<T> type, Function<@Nullable T, @Nullable T> change) {
		return update(name, ParameterizedTypeReference.<T>forType(type), change);
	}

	@Override
	public <T> @Nullable T update(String name, ParameterizedTypeReference<T> type,
			Function<@Nullable T, @Nullable T> change) {
		AtomicReference<@Nullable T> result = new AtomicReference<>();
		this.updater.update(this.sessionId, (session) -> {
			T value = change.apply(read(session, name, type));
			result.set(value);
			return this.limits.check(session,
					session.withAttribute(name, (value != null) ? write(this.mapper, name, value) : null));
		});
		return result.get();
	}

	@Override
	public boolean remove(String name) {
		AtomicBoolean existed = new AtomicBoolean();
		this.updater.update(this.sessionId, (session) -> {
			existed.set(session.attributes().containsKey(name));
			return existed.get() ? session.withAttribute(name, null) : session;
		});
		return existed.get();
	}

	@Override
	public Set<String> names() {
		return this.store.find(this.sessionId).map((session) -> session.attributes().keySet()).orElseGet(Set::of);
	}

	private <T> @Nullable T read(SessionRecord session, String name, ParameterizedTypeReference<T> type) {
		String json = session.attributes().get(name);
		if (json == null) {
			return null;
		}
		try {
			return this.mapper.readValue(json, this.mapper.constructType(type.getType()));
		}
		catch (JacksonException ex) {
			throw new IllegalArgumentException(
					"The session attribute '" + name + "' cannot be read as " + type.getType().getTypeName(), ex);
		}
	}

	public static String write(JsonMapper mapper, String name, Object value) {
		try {
			return mapper.writeValueAsString(value);
		}
		catch (JacksonException ex) {
			throw new IllegalArgumentException("The session attribute '" + name + "' of type "
					+ value.getClass().getName() + " cannot be written as JSON", ex);
		}
	}

	/**
	 * Does not show the session id.
	 */
	@Override
	public String toString() {
		return "SessionAttributes";
	}

}
