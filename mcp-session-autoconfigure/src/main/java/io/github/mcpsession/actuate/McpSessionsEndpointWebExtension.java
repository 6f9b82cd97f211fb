package io.github.mcpsession.actuate;

import java.util.Set;
import java.util.function.Supplier;

import io.github.mcpsession.SessionStoreException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;

/**
 * {@link EndpointWebExtension @EndpointWebExtension} for the {@link McpSessionsEndpoint}:
 * knows who asks, and answers with status codes: 404 for a session that does not exist,
 * 501 for a store that cannot list sessions, 503 for one that gives no answer.
 *
 * @since 0.1.0
 */
@EndpointWebExtension(endpoint = McpSessionsEndpoint.class)
public final class McpSessionsEndpointWebExtension {

	private static final int STATUS_NOT_IMPLEMENTED = 501;

	private final McpSessionsEndpoint endpoint;

	private final Show showValues;

	private final Set<String> roles;

	/**
	 * Create an extension.
	 * @param endpoint the endpoint
	 * @param showValues when to show principals
	 * @param roles the roles that are authorized to see them; any, if there are none
	 */
	public McpSessionsEndpointWebExtension(McpSessionsEndpoint endpoint, Show showValues, Set<String> roles) {
		this.endpoint = endpoint;
		this.showValues = showValues;
		this.roles = roles;
	}

	@ReadOperation
	public WebEndpointResponse<SessionListing> sessions(SecurityContext securityContext, @Nullable String cursor,
			@Nullable Integer limit) {
		return answer(() -> {
			SessionListing listing = this.endpoint.list(cursor, limit, isShown(securityContext));
			return new WebEndpointResponse<>(listing,
					(listing.sessions() != null) ? WebEndpointResponse.STATUS_OK : STATUS_NOT_IMPLEMENTED);
		});
	}

	@ReadOperation
	public WebEndpointResponse<SessionDescriptor> session(SecurityContext securityContext, @Selector String session) {
		return answer(() -> {
			SessionDescriptor found = this.endpoint.inspect(session, isShown(securityContext));
			return (found != null) ? new WebEndpointResponse<>(found)
					: new WebEndpointResponse<>(WebEndpointResponse.STATUS_NOT_FOUND);
		});
	}

	@DeleteOperation
	public WebEndpointResponse<Void> terminate(@Selector String session) {
		return answer(() -> new WebEndpointResponse<>(this.endpoint.terminate(session)
				? WebEndpointResponse.STATUS_NO_CONTENT : WebEndpointResponse.STATUS_NOT_FOUND));
	}

	private boolean isShown(SecurityContext securityContext) {
		return this.showValues.isShown(securityContext, this.roles);
	}

	private static <T> WebEndpointResponse<T> answer(Supplier<WebEndpointResponse<T>> operation) {
		try {
			return operation.get();
		}
		catch (SessionStoreException ex) {
			return new WebEndpointResponse<>(WebEndpointResponse.STATUS_SERVICE_UNAVAILABLE);
		}
	}

}
