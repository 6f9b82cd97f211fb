package io.github.mcpsession.actuate;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionPage;
import io.github.mcpsession.SessionRecord;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;

/**
 * {@link Endpoint @Endpoint} by which operators list the sessions of all nodes, inspect
 * them and, where the access is not read-only, end them. Session ids are credentials and
 * never shown: a session is named by the handle that the list gives it, which is good on
 * every node. Whoever knows the id of a session may name it by that, too.
 * <p>
 * Thread-safe: nothing is kept between two calls.
 *
 * @since 0.1.0
 * @see McpSessionsEndpointWebExtension
 */
@Endpoint(id = "mcpsessions", defaultAccess = Access.READ_ONLY)
public final class McpSessionsEndpoint {

	/**
	 * How many sessions a page has unless told otherwise.
	 */
	public static final int DEFAULT_LIMIT = 100;

	/**
	 * How many sessions a page may have.
	 */
	public static final int MAX_LIMIT = 500;

	private static final String PAGE = "page";

	private final SessionManager manager;

	private final String node;

	private final Supplier<Map<String, Duration>> nodes;

	private final Supplier<String> secret;

	private final Show showValues;

	/**
	 * Create an endpoint.
	 * @param manager knows the sessions
	 * @param node the name of this node
	 * @param nodes the nodes that are alive, and how long ago they joined
	 * @param secret what all nodes share, to seal cursors with
	 * @param showValues when to show principals
	 */
	public McpSessionsEndpoint(SessionManager manager, String node, Supplier<Map<String, Duration>> nodes,
			Supplier<String> secret, Show showValues) {
		this.manager = manager;
		this.node = node;
		this.nodes = nodes;
		this.secret = secret;
		this.showValues = showValues;
	}

	/**
	 * Read a page of sessions.
	 * @param cursor the cursor of the page, {@code null} for the first
	 * @param limit about how many sessions to return at most
	 * @return the page, and the nodes of the cluster
	 */
	@ReadOperation
	public SessionListing sessions(@Nullable String cursor, @Nullable Integer limit) {
		return list(cursor, limit, this.showValues.isShown(true));
	}

	SessionListing list(@Nullable String cursor, @Nullable Integer limit, boolean showValues) {
		int size = (limit != null) ? limit : DEFAULT_LIMIT;
		if (size < 1 || size > MAX_LIMIT) {
			throw invalid("The limit must be between 1 and " + MAX_LIMIT, null);
		}
		Map<String, Duration> ages = this.nodes.get();
		List<SessionListing.Node> nodes = ages.entrySet()
			.stream()
			.map((entry) -> new SessionListing.Node(entry.getKey(), entry.getValue()))
			.sorted(Comparator.comparing(SessionListing.Node::age).reversed())
			.toList();
		CursorSeal seal = new CursorSeal(this.secret.get());
		String from = (cursor != null) ? open(seal, cursor) : null;
		SessionPage page;
		try {
			page = this.manager.list(from, size);
		}
		catch (UnsupportedOperationException ex) {
			return new SessionListing(this.node, nodes, null, null, ex.getMessage());
		}
		catch (IllegalArgumentException ex) {
			throw invalid("The cursor is not one of this session store", ex);
		}
		List<SessionDescriptor> sessions = page.sessions()
			.stream()
			.map((session) -> SessionDescriptor.of(session, SessionHandle.of(session, from).write(seal), ages.keySet(),
					showValues))
			.toList();
		return new SessionListing(this.node, nodes, sessions,
				(page.next() != null) ? seal.close(page.next(), PAGE) : null, null);
	}

	private static String open(CursorSeal seal, String cursor) {
		try {
			return seal.open(cursor, PAGE);
		}
		catch (IllegalArgumentException ex) {
			throw invalid("The cursor is not one of this endpoint, or too old: start with the first page", ex);
		}
	}

	private static InvalidEndpointRequestException invalid(String message, @Nullable IllegalArgumentException cause) {
		return new InvalidEndpointRequestException(message, message, cause);
	}

	/**
	 * Read one session.
	 * @param session the handle or the id of the session
	 * @return the session, {@code null} if there is none
	 */
	@ReadOperation
	public @Nullable SessionDescriptor session(@Selector String session) {
		return inspect(session, this.showValues.isShown(true));
	}

	@Nullable SessionDescriptor inspect(String session, boolean showValues) {
		Optional<SessionRecord> byHandle = findByHandle(session);
		return byHandle.or(() -> findById(session))
			.map((found) -> SessionDescriptor.of(found, byHandle.isPresent() ? session : null,
					this.nodes.get().keySet(), showValues))
			.orElse(null);
	}

	/**
	 * End a session, on all nodes.
	 * @param session the handle or the id of the session
	 * @return {@code false} if there is no such session
	 */
	@DeleteOperation
	public boolean terminate(@Selector String session) {
		return findByHandle(session).or(() -> findById(session))
			.map((found) -> this.manager.terminate(found.id()))
			.orElse(false);
	}

	private Optional<SessionRecord> findByHandle(String session) {
		return SessionHandle.parse(session, () -> new CursorSeal(this.secret.get()))
			.flatMap((handle) -> handle.find(this.manager));
	}

	private Optional<SessionRecord> findById(String sessionId) {
		return SessionIds.isValid(sessionId) ? this.manager.find(sessionId) : Optional.empty();
	}

}
