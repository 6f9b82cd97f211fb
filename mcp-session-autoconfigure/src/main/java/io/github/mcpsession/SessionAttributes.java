package io.github.mcpsession;

import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import org.springframework.core.ParameterizedTypeReference;

/**
 * The attributes of one session, the same on all nodes, gone with the session; or those
 * of one caller, which outlive its sessions and are made by the first change. Values are
 * stored as JSON, so any type works that Jackson can write and read. Thread-safe; every
 * method calls the store.
 * <p>
 * All methods throw {@link SessionStoreException} if the store does not respond in time.
 * Methods that change something throw {@link SessionNotFoundException} if the session
 * does not exist any more, and {@link SessionConflictException} if concurrent changes
 * prevented it repeatedly, and {@link SessionLimitException} if the session would have
 * more attributes than {@code mcp.session.limits} allows, or the caller more than
 * {@code mcp.session.caller-attributes} does; nothing is changed then.
 * <p>
 * Do not call these methods while holding a connection to the database of the sessions,
 * as in a transaction: they need another one.
 *
 * @since 0.1.0
 * @see SessionManager#attributes
 * @see SessionManager#callerAttributes(String)
 */
public interface SessionAttributes {

	/**
	 * Read an attribute.
	 * @param <T> the type of the value
	 * @param name the name
	 * @param type the type of the value
	 * @return the value, or empty if the attribute or the session does not exist
	 * @throws IllegalArgumentException if what is stored is not of this type
	 */
	<T> Optional<T> get(String name, Class<T> type);

	/**
	 * Read an attribute of a generic type, such as {@code List<Item>}.
	 * @param <T> the type of the value
	 * @param name the name
	 * @param type the type of the value
	 * @return the value, or empty if the attribute or the session does not exist
	 * @throws IllegalArgumentException if what is stored is not of this type
	 */
	<T> Optional<T> get(String name, ParameterizedTypeReference<T> type);

	/**
	 * Set an attribute, replacing any previous value.
	 * @param name the name
	 * @param value the value
	 * @throws IllegalArgumentException if the value cannot be written as JSON
	 */
	void put(String name, Object value);

	/**
	 * Change an attribute in one atomic step.
	 * @param <T> the type of the value
	 * @param name the name
	 * @param type the type of the value
	 * @param change given the value, or {@code null} if there is none, returns the new
	 * one, or {@code null} to remove the attribute; called again after a concurrent
	 * change, so it must have no side effects
	 * @return the new value
	 */
	<T> @Nullable T update(String name, Class<T> type, Function<@Nullable T, @Nullable T> change);

	/**
	 * Change an attribute of a generic type, such as {@code List<Item>}, in one atomic
	 * step.
	 * @param <T> the type of the value
	 * @param name the name
	 * @param type the type of the value
	 * @param change as of the other method
	 * @return the new value
	 */
	<T> @Nullable T update(String name, ParameterizedTypeReference<T> type, Function<@Nullable T, @Nullable T> change);

	/**
	 * Remove an attribute.
	 * @param name the name
	 * @return whether it existed
	 */
	boolean remove(String name);

	/**
	 * The names of all attributes.
	 * @return the names; empty if the session does not exist
	 */
	Set<String> names();

}
