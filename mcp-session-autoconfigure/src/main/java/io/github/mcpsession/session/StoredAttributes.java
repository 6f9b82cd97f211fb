package io.github.mcpsession.session;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.github.mcpsession.SessionAttributes;
import io.github.mcpsession.SessionRecord;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.SessionStoreException;
import io.modelcontextprotocol.spec.McpSchema.ClientCapabilities;
import io.modelcontextprotocol.spec.McpSchema.Implementation;
import io.modelcontextprotocol.spec.McpSchema.InitializeRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.util.Assert;

/**
 * The attributes of one session or caller, read from and written to the store on each
 * call.
 *
 * @param find reads the record that they are in
 * @param update changes it
 * @param mapper for their values
 * @param limits checks a change, given the record before and after it
 */
public record StoredAttributes(Supplier<Optional<SessionRecord>> find, Consumer<UnaryOperator<SessionRecord>> update,
		JsonMapper mapper, BinaryOperator<SessionRecord> limits) implements SessionAttributes {

	private static final Logger logger = LoggerFactory.getLogger(StoredAttributes.class);

	private static final InitializeRequest NO_CLIENT = new InitializeRequest("none",
			ClientCapabilities.builder().build(), new Implementation("none", "0"));

	/**
	 * The attributes of a caller. They are in a record like that of a session, made when
	 * the first is set, which stays when the last is removed.
	 * @param caller the authenticated caller
	 * @param store the store
	 * @param updater changes records
	 * @param mapper for the values
	 * @param limits how many there may be, and how long they are kept
	 * @param background for what nobody has to wait for
	 * @return the attributes
	 */
	public static StoredAttributes ofCaller(String caller, SessionStore store, SessionUpdater updater,
			JsonMapper mapper, SessionLimits.Callers limits, Executor background) {
		Assert.hasText(caller, "An anonymous caller has no attributes");
		SessionRecord none = SessionRecord.create(ServerScope.callerId(caller), NO_CLIENT, "none", null);
		Consumer<SessionRecord> used = (record) -> {
			if (limits.isTouchDue(record)) {
				background.execute(() -> touch(store, record.id(), limits.timeout()));
			}
		};
		return new StoredAttributes(() -> {
			Optional<SessionRecord> found = store.find(none.id());
			found.ifPresent(used);
			return found;
		}, (change) -> used.accept(updater.updateOrCreate(none, limits.timeout(), (record) -> {
			SessionRecord changed = change.apply(record);
			return (record == none && changed.attributes().isEmpty()) ? none : changed;
		})), mapper, limits::check);
	}

	private static void touch(SessionStore store, String id, Duration timeout) {
		try {
			store.touch(id, timeout);
		}
		catch (SessionStoreException ex) {
			logger.debug("The attributes of a caller are kept longer from its next use on", ex);
		}
	}

	@Override
	public <T> Optional<T> get(String name, Class<T> type) {
		return get(name, ParameterizedTypeReference.forType(type));
	}

	@Override
	public <T> Optional<T> get(String name, ParameterizedTypeReference<T> type) {
		return this.find.get().map((session) -> read(session, name, type));
	}

	@Override
	public void put(String name, Object value) {
		String json = write(this.mapper, name, value);
		this.update.accept((session) -> this.limits.apply(session, session.withAttribute(name, json)));
	}

	@Override
	public <T> @Nullable T update(String name, Class<T> type, Function<@Nullable T, @Nullable T> change) {
		return update(name, ParameterizedTypeReference.<T>forType(type), change);
	}

	@Override
	public <T> @Nullable T update(String name, ParameterizedTypeReference<T> type,
			Function<@Nullable T, @Nullable T> change) {
		AtomicReference<@Nullable T> result = new AtomicReference<>();
		this.update.accept((session) -> {
			T value = change.apply(read(session, name, type));
			result.set(value);
			return this.limits.apply(session,
					session.withAttribute(name, (value != null) ? write(this.mapper, name, value) : null));
		});
		return result.get();
	}

	@Override
	public boolean remove(String name) {
		AtomicBoolean existed = new AtomicBoolean();
		this.update.accept((session) -> {
			existed.set(session.attributes().containsKey(name));
			return existed.get() ? session.withAttribute(name, null) : session;
		});
		return existed.get();
	}

	@Override
	public Set<String> names() {
		return this.find.get().map((session) -> session.attributes().keySet()).orElseGet(Set::of);
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
					"The attribute '" + name + "' cannot be read as " + type.getType().getTypeName(), ex);
		}
	}

	public static String write(JsonMapper mapper, String name, Object value) {
		try {
			return mapper.writeValueAsString(value);
		}
		catch (JacksonException ex) {
			throw new IllegalArgumentException(
					"The attribute '" + name + "' of type " + value.getClass().getName() + " cannot be written as JSON",
					ex);
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
