package io.github.mcpsession.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
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
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.server.RequestPath;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.util.ContentCachingRequestWrapper;

/**
 * Makes sure that the session which a request names is held by this node before the MCP
 * transport looks for it, and answers where there is none. Belongs after authentication:
 * a session is only for the caller that initialized it, and strangers must not make this
 * node ask the store.
 * <p>
 * Requests without {@code Mcp-Session-Id} go through, and who sent them is noted for the
 * case that they initialize a session. So does an {@code initialize} that names no
 * session of the caller: it begins anew. A session is held from here to the end of the
 * request, streams included.
 */
public final class SessionRestoringFilter extends OncePerRequestFilter {

	private static final Logger log = LoggerFactory.getLogger(SessionRestoringFilter.class);

	private final ManagedServers servers;

	private final CallerResolver callerResolver;

	private final AtomicBoolean warned = new AtomicBoolean();

	/**
	 * Create a filter.
	 * @param servers the servers whose requests are filtered, all others go through
	 * @param callerResolver says who the caller is
	 */
	public SessionRestoringFilter(ManagedServers servers, CallerResolver callerResolver) {
		this.servers = servers;
		this.callerResolver = callerResolver;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		ManagedServer server = this.servers
			.find(RequestPath.parse(request.getRequestURI(), request.getContextPath()).pathWithinApplication());
		if (server == null || !server.isConnected()) {
			chain.doFilter(request, response);
			return;
		}
		if (this.servers.isDraining() && request.getProtocol().startsWith("HTTP/1")) {
			response.setHeader(org.springframework.http.HttpHeaders.CONNECTION, "close");
		}
		String caller = this.callerResolver.resolve(request);
		if (caller != null && caller.isBlank()) {
			warnOfNamelessCaller();
			reject(response, Rejection.FORBIDDEN, JsonRpcEnvelope.of(readBody(request)).id(), "");
			return;
		}
		List<String> ids = Collections.list(request.getHeaders(HttpHeaders.MCP_SESSION_ID));
		if (ids.isEmpty() || (ids.size() == 1 && ids.get(0).isBlank())) {
			dispatch(new SessionlessRequest(request), response, chain, caller, null);
			return;
		}
		Optional<SessionLease> lease;
		try {
			lease = (ids.size() == 1 && SessionIds.isValid(ids.get(0))) ? server.resolver().resolve(ids.get(0), caller)
					: Optional.empty();
		}
		catch (SessionStoreException ex) {
			log.debug("Session {} could not be looked up", SessionIds.mask(ids.get(0)), ex);
			beginOrReject(request, response, chain, caller, Rejection.UNAVAILABLE);
			return;
		}
		if (lease.isEmpty()) {
			beginOrReject(request, response, chain, caller, Rejection.NOT_FOUND);
			return;
		}
		serve(server, request, response, chain, caller, lease.get());
	}

	private void warnOfNamelessCaller() {
		if (this.warned.compareAndSet(false, true)) {
			log.warn(
					"An authenticated caller without a name was rejected, as all such callers will be: they "
							+ "cannot be distinguished. Declare a {} bean that identifies them",
					CallerResolver.class.getSimpleName());
		}
	}

	/**
	 * A client may name a session that it once had, or a gateway one that it made up,
	 * when it asks for a new one.
	 */
	private void beginOrReject(HttpServletRequest request, HttpServletResponse response, FilterChain chain,
			@Nullable String caller, Rejection rejection) throws ServletException, IOException {
		byte[] body = readBody(request);
		JsonRpcEnvelope envelope = JsonRpcEnvelope.of(body);
		if (body.length <= ServletStreamRequest.MAX_BODY && envelope.isInitialize()) {
			dispatch(new SessionlessRequest(request, body), response, chain, caller, null);
		}
		else {
			reject(response, rejection, envelope.id(), "");
		}
	}

	/**
	 * The body, or one byte more than is kept of one: then it is none of a request that
	 * begins a session.
	 */
	private static byte[] readBody(HttpServletRequest request) throws IOException {
		return HttpMethod.POST.matches(request.getMethod())
				? request.getInputStream().readNBytes(ServletStreamRequest.MAX_BODY + 1) : new byte[0];
	}

	private void serve(ManagedServer server, HttpServletRequest request, HttpServletResponse response,
			FilterChain chain, @Nullable String caller, SessionLease lease) throws ServletException, IOException {
		ServletStreamRequest stream = server.isResumable()
				? new ServletStreamRequest(request, response, lease.record().protocolVersion()) : null;
		try {
			// not before the session is known to be the caller's: an ended one is not
			// found, whatever the version
			ProtocolVersions versions = new ProtocolVersions(server.protocolVersions());
			if (!versions.areServed(request)) {
				reject(response, Rejection.UNSUPPORTED_VERSION, JsonRpcEnvelope.of(readBody(request)).id(),
						", supported are: " + String.join(", ", versions.supported()));
				return;
			}
			dispatch(
					(stream != null) ? stream
							: new ContentCachingRequestWrapper(request, ServletStreamRequest.MAX_BODY),
					response, chain, caller, lease);
		}
		finally {
			closeAtEnd(request, () -> {
				if (stream != null) {
					stream.closeAndWait();
				}
				lease.close();
			});
		}
	}

	private void dispatch(ContentCachingRequestWrapper request, HttpServletResponse response, FilterChain chain,
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
				reject(response, rejection, idOf(request), "");
			}
			else {
				replaceable.sendError(() -> idOf(request));
			}
		}
	}

	private static @Nullable String idOf(ContentCachingRequestWrapper request) {
		return JsonRpcEnvelope.of(request.getContentAsByteArray()).id();
	}

	private static void reject(HttpServletResponse response, Rejection rejection, @Nullable String id, String details)
			throws IOException {
		if (response.isCommitted()) {
			return;
		}
		response.setStatus(rejection.status());
		if (rejection.isTemporary()) {
			response.setHeader(org.springframework.http.HttpHeaders.RETRY_AFTER, "1");
		}
		byte[] body = rejection.body(id, details).getBytes(StandardCharsets.UTF_8);
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
