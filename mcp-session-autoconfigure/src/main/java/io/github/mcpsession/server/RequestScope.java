package io.github.mcpsession.server;

import io.github.mcpsession.session.SessionLease;
import org.jspecify.annotations.Nullable;

/**
 * What the servlet filter knows of the HTTP request in hand, for the session objects that
 * the transport calls on the same thread. Both transports of the SDK and of Spring AI
 * call them on the thread that the filter ran on.
 * <p>
 * A session object serves no request without a scope: one that did not come through the
 * filter was not checked.
 */
public final class RequestScope implements AutoCloseable {

	private static final ThreadLocal<@Nullable RequestScope> current = new ThreadLocal<>();

	private final @Nullable String principal;

	private final @Nullable SessionLease lease;

	private final @Nullable StreamRequest request;

	private final @Nullable Rejection refusal;

	private final @Nullable RequestScope outer = current.get();

	private volatile @Nullable Rejection rejection;

	private volatile String rejectionDetails = "";

	private @Nullable ClientCall call;

	private RequestScope(@Nullable String principal, @Nullable SessionLease lease, @Nullable StreamRequest request,
			@Nullable Rejection refusal) {
		this.principal = principal;
		this.lease = lease;
		this.request = request;
		this.refusal = refusal;
	}

	/**
	 * Open the scope of a request on this thread.
	 * @param principal the name of the authenticated caller, or {@code null}
	 * @param lease the session that the request names, or {@code null} if it names none
	 * @param request what streams need of the request, or {@code null} if it names no
	 * session
	 * @return the scope, to be closed on this thread
	 */
	public static RequestScope open(@Nullable String principal, @Nullable SessionLease lease,
			@Nullable StreamRequest request) {
		return open(new RequestScope(principal, lease, request, null));
	}

	/**
	 * Open the scope of a request that must not be served, on this thread.
	 * @param refusal what to answer should it reach the transport
	 * @return the scope, to be closed on this thread
	 */
	public static RequestScope refusing(Rejection refusal) {
		return open(new RequestScope(null, null, null, refusal));
	}

	private static RequestScope open(RequestScope scope) {
		current.set(scope);
		return scope;
	}

	static @Nullable RequestScope current() {
		return current.get();
	}

	/**
	 * The scope of the request in hand, if that request named this session and was
	 * checked.
	 * @param sessionId the session id
	 * @return the scope
	 * @throws IllegalStateException if it did not come through the filter
	 */
	static RequestScope require(String sessionId) {
		RequestScope scope = current.get();
		if (scope == null || scope.lease == null || !scope.lease.record().id().equals(sessionId)) {
			throw refused(scope);
		}
		return scope;
	}

	/**
	 * The scope of the request in hand, if that may begin a session.
	 * @return the scope
	 * @throws IllegalStateException if it may not
	 */
	static RequestScope requireNew() {
		RequestScope scope = current.get();
		if (scope == null || scope.refusal != null) {
			throw refused(scope);
		}
		return scope;
	}

	private static IllegalStateException refused(@Nullable RequestScope scope) {
		if (scope != null && scope.refusal != null) {
			scope.reject(scope.refusal);
		}
		return new IllegalStateException("An MCP request did not pass the session filter and was rejected: "
				+ "set 'mcp.session.endpoint' to the path of the MCP endpoint");
	}

	@Nullable String principal() {
		return this.principal;
	}

	/**
	 * Whether the request is one of a session.
	 * @return whether it is
	 */
	public boolean hasSession() {
		return this.lease != null;
	}

	boolean isRestored() {
		return this.lease != null && this.lease.isRestored();
	}

	/**
	 * Have the filter answer this request in the place of the transport.
	 * @param rejection what to answer
	 */
	void reject(Rejection rejection) {
		this.rejection = rejection;
	}

	/**
	 * What to answer in the place of what the transport answers.
	 * @return the answer, or {@code null} to let the transport answer
	 */
	public @Nullable Rejection rejection() {
		return this.rejection;
	}

	/**
	 * The same when the transport has answered: what it did not find may be there
	 * nevertheless, if the store could not be asked.
	 * @param status the HTTP status of what it has answered
	 * @return the answer, or {@code null} to let the transport answer
	 */
	public @Nullable Rejection rejectionOf(int status) {
		Rejection current = this.rejection;
		return (current == null && this.refusal == Rejection.UNAVAILABLE && status == Rejection.NOT_FOUND.status())
				? Rejection.UNAVAILABLE : current;
	}

	/**
	 * What the message of the rejection goes on with.
	 * @return the text, empty if nothing
	 */
	public String rejectionDetails() {
		return this.rejectionDetails;
	}

	void rejectionDetails(String details) {
		this.rejectionDetails = details;
	}

	@Nullable StreamRequest request() {
		return this.request;
	}

	/**
	 * The call that this request makes. The SDK gives its handlers nothing by which they
	 * could find it, but calls them on this thread.
	 */
	@Nullable ClientCall call() {
		return this.call;
	}

	void call(ClientCall call) {
		this.call = call;
	}

	@Override
	public void close() {
		if (this.outer != null) {
			current.set(this.outer);
		}
		else {
			current.remove();
		}
	}

}
