package io.github.mcpsession.web;

import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import io.github.mcpsession.CallerResolver;
import io.github.mcpsession.SessionIds;
import io.github.mcpsession.SessionStoreException;
import io.github.mcpsession.server.ManagedServer;
import io.github.mcpsession.server.ManagedServers;
import io.github.mcpsession.server.Rejection;
import io.github.mcpsession.server.RequestScope;
import io.github.mcpsession.server.StreamRequest;
import io.github.mcpsession.session.SessionLease;
import io.modelcontextprotocol.spec.HttpHeaders;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.MediaType;
import org.springframework.http.server.PathContainer;
import org.springframework.http.server.RequestPath;
import org.springframework.web.filter.ShallowEtagHeaderFilter;
import org.springframework.web.util.ContentCachingRequestWrapper;

/**
 * Makes sure that the session which a request names is held by this node before the MCP
 * transport looks for it, and answers where there is none. Belongs after all other
 * filters: they may authenticate the caller, for whom alone a session is, and change the
 * path; and strangers must not make this node ask the store.
 * <p>
 * Requests without {@code Mcp-Session-Id} go through, and who sent them is noted for the
 * case that they initialize a session. So does an {@code initialize} that names no
 * session of the caller: it begins anew. A session is held from here to the end of the
 * request, streams included.
 */
public final class SessionRestoringFilter implements Filter {

	private static final Logger log = LoggerFactory.getLogger(SessionRestoringFilter.class);

	private static final String SEEN = SessionRestoringFilter.class.getName() + ".SEEN";

	private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "DELETE");

	private final ManagedServers servers;

	private final CallerResolver callerResolver;

	private final Refusals refusals;

	private final boolean strictVersions;

	private final AtomicBoolean warned = new AtomicBoolean();

	/**
	 * Create a filter.
	 * @param servers the servers whose requests are filtered, all others go through
	 * @param callerResolver says who the caller is
	 * @param refusals answers where a request is not served
	 * @param strictVersions whether to serve those protocol versions only that the
	 * transport supports
	 */
	public SessionRestoringFilter(ManagedServers servers, CallerResolver callerResolver, Refusals refusals,
			boolean strictVersions) {
		this.servers = servers;
		this.callerResolver = callerResolver;
		this.refusals = refusals;
		this.strictVersions = strictVersions;
	}

	/**
	 * Once for each request, whichever of its dispatches comes to a transport.
	 */
	@Override
	public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		if (request instanceof HttpServletRequest httpRequest && response instanceof HttpServletResponse httpResponse
				&& METHODS.contains(httpRequest.getMethod()) && request.getAttribute(SEEN) == null) {
			filter(httpRequest, httpResponse, chain);
		}
		else {
			chain.doFilter(request, response);
		}
	}

	private void filter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws IOException, ServletException {
		PathContainer path = RequestPath.parse(request.getRequestURI(), request.getContextPath())
			.pathWithinApplication();
		Set<String> ids = new LinkedHashSet<>(Collections.list(request.getHeaders(HttpHeaders.MCP_SESSION_ID)));
		ManagedServer server = this.servers.find(path);
		if (server == null) {
			server = this.servers.guess(path, ids.isEmpty() ? null : ids.iterator().next());
			if (server != null && server.isConnected()) {
				request.setAttribute(SEEN, true);
				tryToServe(server, request, response, chain, ids);
			}
			else {
				passBy(request, response, chain, !ids.isEmpty());
			}
		}
		else if (server.isConnected()) {
			request.setAttribute(SEEN, true);
			serve(server, request, response, chain, ids);
		}
		else {
			chain.doFilter(request, response);
		}
	}

	private void serve(ManagedServer server, HttpServletRequest request, HttpServletResponse response,
			FilterChain chain, Set<String> ids) throws IOException, ServletException {
		if (this.servers.isDraining() && request.getProtocol().startsWith("HTTP/1")) {
			response.setHeader(org.springframework.http.HttpHeaders.CONNECTION, "close");
		}
		boolean sessionless = ids.stream().allMatch(String::isBlank);
		ReadAhead body = ReadAhead.of(request);
		if (sessionless && body.isDiscover()) {
			refuse(server, request, response, chain, Rejection.METHOD_NOT_FOUND, body, "");
			return;
		}
		String caller = this.callerResolver.resolve(request);
		if (isNameless(caller)) {
			refuse(server, request, response, chain, Rejection.FORBIDDEN, body, "");
			return;
		}
		// a client may name a session that it has or had, or a gateway one that it made
		// up, when it asks for a new one
		if (sessionless || body.isInitialize()) {
			dispatch(new SessionlessRequest(body.followedBy(request)), response, chain, caller, null);
			return;
		}
		Rejection rejection = Rejection.NOT_FOUND;
		try {
			Optional<SessionLease> lease = resolve(server, request, ids, caller);
			if (lease.isPresent()) {
				serve(server, body.followedBy(request), response, chain, caller, lease.get());
				return;
			}
		}
		catch (SessionStoreException ex) {
			log.debug("Session {} could not be looked up", SessionIds.mask(ids.iterator().next()), ex);
			rejection = Rejection.UNAVAILABLE;
		}
		refuse(server, request, response, chain, rejection, body, "");
	}

	/**
	 * The same, where the path may lead to something else: then that answers.
	 */
	private void tryToServe(ManagedServer server, HttpServletRequest request, HttpServletResponse response,
			FilterChain chain, Set<String> ids) throws IOException, ServletException {
		String caller = this.callerResolver.resolve(request);
		if (isNameless(caller)) {
			dispatch(cached(request), response, chain, RequestScope.refusing(Rejection.FORBIDDEN), true);
			return;
		}
		try {
			Optional<SessionLease> lease = resolve(server, request, ids, caller);
			if (lease.isPresent()) {
				serve(server, request, response, chain, caller, lease.get());
			}
			else {
				dispatch(cached(request), response, chain, caller, null);
			}
		}
		catch (SessionStoreException ex) {
			log.debug("Session {} could not be looked up", SessionIds.mask(ids.iterator().next()), ex);
			dispatch(cached(request), response, chain, RequestScope.refusing(Rejection.UNAVAILABLE), true);
		}
	}

	/**
	 * What may be for a transport nevertheless is not served, but learns why.
	 */
	private void passBy(HttpServletRequest request, HttpServletResponse response, FilterChain chain,
			boolean hasSessionId) throws IOException, ServletException {
		String accept = request.getHeader(org.springframework.http.HttpHeaders.ACCEPT);
		boolean mayInitialize = "POST".equals(request.getMethod()) && accept != null
				&& accept.contains(MediaType.TEXT_EVENT_STREAM_VALUE);
		if (hasSessionId || mayInitialize) {
			dispatch(cached(request), response, chain, RequestScope.refusing(Rejection.UNKNOWN_PATH), false);
		}
		else {
			chain.doFilter(request, response);
		}
	}

	/**
	 * To delete a session is to find out whether it exists.
	 */
	private static Optional<SessionLease> resolve(ManagedServer server, HttpServletRequest request, Set<String> ids,
			@Nullable String caller) {
		String id = (ids.size() == 1) ? ids.iterator().next() : "";
		return SessionIds.isValid(id) ? server.resolver().resolve(id, caller, !"DELETE".equals(request.getMethod()))
				: Optional.empty();
	}

	private boolean isNameless(@Nullable String caller) {
		boolean nameless = caller != null && caller.isBlank();
		if (nameless && this.warned.compareAndSet(false, true)) {
			log.warn(
					"An authenticated caller without a name was rejected, as all such callers will be: they "
							+ "cannot be distinguished. Declare a {} bean that identifies them",
					CallerResolver.class.getSimpleName());
		}
		return nameless;
	}

	private void serve(ManagedServer server, HttpServletRequest request, HttpServletResponse response,
			FilterChain chain, @Nullable String caller, SessionLease lease) throws ServletException, IOException {
		ServletStreamRequest stream = server.isResumable()
				? new ServletStreamRequest(request, response, lease.record().protocolVersion()) : null;
		try {
			// not before the session is known to be the caller's: an ended one is not
			// found, whatever the version
			ProtocolVersions versions = new ProtocolVersions(server.protocolVersions(), this.strictVersions);
			if (!versions.areServed(request)) {
				refuse(server, request, response, chain, Rejection.UNSUPPORTED_VERSION, ReadAhead.of(request),
						", supported are: " + String.join(", ", versions.supported()));
				return;
			}
			if (versions.isNewer(request)) {
				this.servers.servesNewerVersion();
			}
			ShallowEtagHeaderFilter.disableContentCaching(request);
			dispatch((stream != null) ? stream : cached(request), response, chain, caller, lease);
		}
		finally {
			EndOfRequest.run(request, () -> {
				if (stream != null) {
					stream.closeAndWait();
				}
				lease.close();
			});
		}
	}

	private void refuse(ManagedServer server, HttpServletRequest request, HttpServletResponse response,
			FilterChain chain, Rejection rejection, ReadAhead body, String details)
			throws IOException, ServletException {
		if (server.isServlet() || !this.refusals.areSentByMvc()) {
			Refusals.send(response, rejection, body.id(), details);
			return;
		}
		Refusals.leaveToMvc(request, rejection, body.id(), details);
		dispatch(request, response, chain, RequestScope.refusing(rejection), true);
	}

	private void dispatch(HttpServletRequest request, HttpServletResponse response, FilterChain chain,
			@Nullable String caller, @Nullable SessionLease lease) throws ServletException, IOException {
		dispatch(request, response, chain,
				RequestScope.open(caller, lease, (request instanceof StreamRequest stream) ? stream : null), true);
	}

	private void dispatch(HttpServletRequest request, HttpServletResponse response, FilterChain chain,
			RequestScope opened, boolean ours) throws ServletException, IOException {
		try (RequestScope scope = opened) {
			ReplaceableResponse replaceable = new ReplaceableResponse(response, scope, ours);
			try {
				chain.doFilter(request, replaceable);
			}
			catch (IOException | ServletException | RuntimeException ex) {
				if (scope.rejection() == null) {
					throw ex;
				}
				log.debug("A transport failed since its request was rejected", ex);
			}
			Rejection rejection = scope.rejectionOf(replaceable.getStatus());
			if (rejection != null) {
				reject(request, response, rejection, scope.rejectionDetails());
			}
			else if (request.isAsyncStarted()) {
				replaceable.release();
			}
			else {
				replaceable.sendError(() -> idOf(request));
			}
		}
	}

	private static void reject(HttpServletRequest request, HttpServletResponse response, Rejection rejection,
			String given) throws IOException {
		String details = given;
		if (rejection == Rejection.UNKNOWN_PATH) {
			details = ": " + request.getRequestURI() + ". Set 'mcp.session.endpoint' to a path pattern that matches it";
			log.warn("An MCP request was rejected: that path is not known{}", details);
		}
		Refusals.send(response, rejection, idOf(request), details);
		if (request.isAsyncStarted()) {
			response.flushBuffer();
		}
	}

	private static ContentCachingRequestWrapper cached(HttpServletRequest request) {
		return new ContentCachingRequestWrapper(request, ReadAhead.MAX_LENGTH);
	}

	private static @Nullable String idOf(HttpServletRequest request) {
		return (request instanceof ContentCachingRequestWrapper caching)
				? JsonRpcEnvelope.idOf(caching.getContentAsByteArray()) : null;
	}

}
