package io.github.mcpsession.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionLease;
import io.github.mcpsession.SessionManager;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.server.Rejection;
import io.github.mcpsession.server.RequestScope;
import io.github.mcpsession.server.StreamRequest;
import io.modelcontextprotocol.spec.HttpHeaders;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.MediaType;
import org.springframework.http.server.RequestPath;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Makes sure that the session which a request names is held by this node before the MCP
 * transport looks for it, and answers where there is none. Belongs after authentication:
 * a session is only for the caller that initialized it, and strangers must not make this
 * node ask the store.
 * <p>
 * Requests without {@code Mcp-Session-Id} go through untouched, except that who sent them
 * is noted for the case that they initialize a session. A session is held from here to
 * the end of the request, streams included.
 *
 * @since 0.1.0
 */
public final class SessionRestoringFilter extends OncePerRequestFilter {

	private static final Logger log = LoggerFactory.getLogger(SessionRestoringFilter.class);

	private final SessionManager manager;

	private final CallerResolver callerResolver;

	private final PathPattern endpoint;

	private final BooleanSupplier active;

	private final boolean resumable;

	private final Set<String> protocolVersions;

	/**
	 * Create a filter.
	 * @param manager the session manager
	 * @param callerResolver says who the caller is
	 * @param endpoint the path of the MCP endpoint within the application; may be a
	 * pattern
	 * @param active whether sessions are stored at all; else every request goes through
	 * @param resumable whether streams are resumable
	 * @param protocolVersions the protocol versions that the transport supports
	 */
	public SessionRestoringFilter(SessionManager manager, CallerResolver callerResolver, String endpoint,
			BooleanSupplier active, boolean resumable, Collection<String> protocolVersions) {
		this.manager = manager;
		this.callerResolver = callerResolver;
		this.endpoint = PathPatternParser.defaultInstance.parse(endpoint);
		this.active = active;
		this.resumable = resumable;
		this.protocolVersions = Set.copyOf(protocolVersions);
	}

	@Override
	protected boolean shouldNotFilter(HttpServletRequest request) {
		return !this.active.getAsBoolean() || !this.endpoint
			.matches(RequestPath.parse(request.getRequestURI(), request.getContextPath()).pathWithinApplication());
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		List<String> ids = Collections.list(request.getHeaders(HttpHeaders.MCP_SESSION_ID));
		if (ids.isEmpty()) {
			dispatch(request, response, chain, this.callerResolver.resolve(request), null);
			return;
		}
		// before anything is known of the session, so that this answer tells nothing of
		// it
		if (!isVersionSupported(request)) {
			reject(response, Rejection.UNSUPPORTED_VERSION);
			return;
		}
		if (ids.size() > 1 || !SessionIds.isValid(ids.get(0))) {
			reject(response, Rejection.NOT_FOUND);
			return;
		}
		String caller = this.callerResolver.resolve(request);
		Optional<SessionLease> lease;
		try {
			lease = this.manager.resolve(ids.get(0), caller);
		}
		catch (SessionStoreException ex) {
			log.debug("Session {} could not be looked up", SessionIds.mask(ids.get(0)), ex);
			reject(response, Rejection.UNAVAILABLE);
			return;
		}
		if (lease.isEmpty()) {
			reject(response, Rejection.NOT_FOUND);
			return;
		}
		ServletStreamRequest stream = this.resumable ? new ServletStreamRequest(request, response) : null;
		try {
			dispatch((stream != null) ? stream : request, response, chain, caller, lease.get());
		}
		finally {
			closeAtEnd(request, () -> {
				if (stream != null) {
					stream.connection().close();
				}
				lease.get().close();
			});
		}
	}

	/**
	 * Without the header it is 2025-03-26, which knew none.
	 */
	private boolean isVersionSupported(HttpServletRequest request) {
		List<String> versions = Collections.list(request.getHeaders(HttpHeaders.PROTOCOL_VERSION));
		return versions.isEmpty() || (versions.size() == 1 && this.protocolVersions.contains(versions.get(0)));
	}

	private void dispatch(HttpServletRequest request, HttpServletResponse response, FilterChain chain,
			@Nullable String caller, @Nullable SessionLease lease) throws ServletException, IOException {
		try (RequestScope scope = RequestScope.open(caller, lease,
				(request instanceof StreamRequest stream) ? stream : null)) {
			ReplaceableResponse replaceable = new ReplaceableResponse(response, scope);
			chain.doFilter(request, replaceable);
			Rejection rejection = scope.rejection();
			if (request.isAsyncStarted()) {
				return;
			}
			if (rejection != null) {
				reject(response, rejection);
			}
			else {
				replaceable.sendError();
			}
		}
	}

	private static void reject(HttpServletResponse response, Rejection rejection) throws IOException {
		if (response.isCommitted()) {
			return;
		}
		response.setStatus(rejection.status());
		if (rejection.isTemporary()) {
			response.setHeader(org.springframework.http.HttpHeaders.RETRY_AFTER, "1");
		}
		byte[] body = rejection.body().getBytes(StandardCharsets.UTF_8);
		response.setContentType(MediaType.APPLICATION_JSON_VALUE);
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

	private static void closeAtEnd(HttpServletRequest request, Runnable close) {
		if (request.isAsyncStarted()) {
			try {
				request.getAsyncContext().addListener(new Closer(close));
				return;
			}
			catch (IllegalStateException ex) {
				// completed meanwhile
			}
		}
		close.run();
	}

	private record Closer(Runnable close) implements AsyncListener {

		@Override
		public void onComplete(AsyncEvent event) {
			this.close.run();
		}

		@Override
		public void onTimeout(AsyncEvent event) {
			// completes later
		}

		@Override
		public void onError(AsyncEvent event) {
			// completes later
		}

		@Override
		public void onStartAsync(AsyncEvent event) {
			event.getAsyncContext().addListener(this);
		}

	}

}
